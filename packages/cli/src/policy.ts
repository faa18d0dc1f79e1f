import { changePolicy as Contract, type TenantRules } from '@gatehouse/contract/policy-operations'
import { Command } from 'commander'
import { atDesk, type Desk, type DeskFlags, forDesk } from './desk.ts'
import { simulateCommand } from './simulate.ts'

interface SetFlags extends DeskFlags {
  readonly mfa?: string
  readonly backups?: string
  readonly registration?: string
  readonly risk?: string
  readonly alerts?: string
  readonly reason: string
}

/** `gatehouse policy …`: what a tenant demands of its users. A running server goes by it within a second. */
export function policyCommand(): Command {
  const show = forDesk(new Command('show').description('what the tenant demands of its users')).action(
    (flags: DeskFlags) => showRules(flags, ({ policy }) => policy.get()),
  )
  const set = forDesk(new Command('set').description('change what the tenant demands of its users'))
    .option('--mfa <rule>', 'optional or required')
    .option('--backups <number>', '0, 1 or 2 ways beside the first factor')
    .option('--registration <rule>', 'closed or open: whether people make accounts themselves')
    .option('--risk <json>', 'what is done about unusual sign-ins (docs/risk.md)')
    .option('--alerts <json>', 'numbers of alerts, where they are to be others (docs/alerts.md)')
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .action(({ mfa, backups, registration, risk, alerts, reason, ...flags }: SetFlags) => {
      const input = Contract.input.safeParse({
        reason,
        ...(mfa !== undefined && { mfa }),
        ...(backups !== undefined && { backups: Number(backups) }),
        ...(registration !== undefined && { registration }),
        ...(risk !== undefined && { risk: readJson(risk) }),
        ...(alerts !== undefined && { alerts: readJson(alerts) }),
      })
      if (!input.success)
        throw new Error(
          '--mfa is optional or required, --backups is 0, 1 or 2, --registration is closed or open, and --risk and --alerts are JSON objects as in docs/risk.md and docs/alerts.md',
        )
      return showRules(flags, ({ policy }) => policy.update(input.data))
    })
  return new Command('policy')
    .alias('policies')
    .description('what a tenant demands of its users')
    .addCommand(show)
    .addCommand(set)
    .addCommand(simulateCommand())
}

function showRules(flags: DeskFlags, act: (desk: Desk) => Promise<TenantRules>): Promise<void> {
  return atDesk(flags, async (desk) => {
    const rules = await act(desk)
    console.log(
      flags.json
        ? JSON.stringify(rules)
        : `mfa ${rules.mfa}\nbackups ${rules.backups}\nregistration ${rules.registration}\nrisk ${JSON.stringify(rules.risk)}\nalerts ${JSON.stringify(rules.alerts)}`,
    )
  })
}

/** Null for what is no JSON: no schema of ours takes it. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
