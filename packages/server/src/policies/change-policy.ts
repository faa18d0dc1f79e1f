import type { Parsed } from '@gatehouse/contract/operation'
import type { changePolicy as Contract, PolicyChange, TenantRules } from '@gatehouse/contract/policy-operations'
import { RiskRules } from '@gatehouse/contract/risk'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { findPolicyText, replacePolicyText } from './tenant.store.ts'
import { type Rules, readRules } from './tenant-rules.ts'

type Tools = { readonly rules: Pick<Rules, 'forget'> }

/** The rules as the database has them now. */
export async function getPolicy(ctx: Context): Promise<TenantRules> {
  return readRules(await getText(ctx))
}

/** Changes what is given and nothing else. */
export function changePolicy({ rules }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<TenantRules> => {
    const seen = await getText(ctx)
    const before = readRules(seen)
    const after = applyChange(before, input)
    const committed = await commit(ctx, [
      replacePolicyText({ id: ctx.tenantId, seen, policy: JSON.stringify(after) }),
      record(ctx, {
        type: 'policy.changed',
        data: {
          mfa: after.mfa,
          backups: after.backups,
          mfa_before: before.mfa,
          backups_before: before.backups,
          ...(input.registration && { registration: after.registration, registration_before: before.registration }),
          ...(input.risk && { risk: JSON.stringify(after.risk), risk_before: JSON.stringify(before.risk) }),
          ...(input.alerts && { alerts: JSON.stringify(after.alerts), alerts_before: JSON.stringify(before.alerts) }),
          reason: input.reason,
        },
      }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    rules.forget(ctx.tenantId)
    return after
  }
}

/** The rules with what is given in place of what was. */
export function applyChange(
  before: TenantRules,
  { mfa, backups, registration, risk, alerts }: PolicyChange,
): TenantRules {
  return {
    mfa: mfa ?? before.mfa,
    backups: backups ?? before.backups,
    registration: registration ?? before.registration,
    risk: RiskRules.parse({ ...before.risk, ...risk, reasons: { ...before.risk.reasons, ...risk?.reasons } }),
    alerts: { ...before.alerts, ...alerts },
  }
}

async function getText(ctx: Context): Promise<string> {
  const text = await findPolicyText(ctx.db, ctx.tenantId)
  if (text === undefined) throw new Error(`the tenant ${ctx.tenantId} of a caller is gone`)
  return text
}
