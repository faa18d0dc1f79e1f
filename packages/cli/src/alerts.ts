import { acknowledgeAlert, resolveAlert } from '@gatehouse/server/alerts/change-alert'
import { listAlerts } from '@gatehouse/server/alerts/list-alerts'
import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import type { Context } from '@gatehouse/server/context'
import { operatorContext } from '@gatehouse/server/operator-context'
import { Command } from 'commander'
import { withData } from './with-data.ts'

interface Flags {
  readonly tenant: string
  readonly json?: boolean
}

/** `gatehouse alerts …`: what a person should look at, whether a server runs on the data folder or not. */
export function alertsCommand(): Command {
  const list = withTenant(new Command('list').description('alerts that nobody has closed, the newest first'))
    .option('--all', 'closed ones, too')
    .action((flags: Flags & { readonly all?: boolean }) =>
      inTenant(flags, async (ctx) => {
        const { data } = await listAlerts(ctx, { limit: 200 })
        const shown = data.filter(({ state }) => flags.all || state === 'open' || state === 'acknowledged')
        if (flags.json) console.log(JSON.stringify({ data: shown }))
        else if (shown.length === 0) console.log('nothing to look at')
        for (const alert of flags.json ? [] : shown) {
          const { id, severity, state, rule, count, user_id, source, reasons, last_at } = alert
          const about = user_id ?? source ?? reasons.slice(1).join(' ')
          console.log(`${id}  ${severity} ${state}  ${rule} ×${count}  ${about}  ${last_at}`)
        }
      }),
    )
  return new Command('alerts')
    .description('what a person should look at')
    .addCommand(list)
    .addCommand(changing('ack', 'say that somebody looks at an alert', acknowledgeAlert))
    .addCommand(changing('resolve', 'close an alert', resolveAlert))
}

function changing(name: string, description: string, change: typeof resolveAlert): Command {
  return withTenant(new Command(name).description(description).argument('<id>', 'alr_…'))
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .action((id: string, flags: Flags & { readonly reason: string }) =>
      inTenant(flags, async (ctx) => {
        const alert = await change(ctx, { id: id as `alr_${string}`, reason: flags.reason })
        console.log(flags.json ? JSON.stringify(alert) : `${alert.id} is ${alert.state}`)
      }),
    )
}

function withTenant(command: Command): Command {
  return command
    .option('--tenant <slug>', 'default or default-test', 'default')
    .option('--json', 'print one JSON object')
}

function inTenant(flags: Flags, act: (ctx: Context) => Promise<void>): Promise<void> {
  return withData(async (parts) => {
    const tenantId = await findTenantId(parts.storage, flags.tenant)
    if (!tenantId) throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
    await act({ ...operatorContext(parts), tenantId })
  })
}
