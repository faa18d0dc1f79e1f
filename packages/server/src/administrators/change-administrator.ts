import type { Administrator, changeAdministrator as Change } from '@gatehouse/contract/administrator-operations'
import type { Parsed } from '@gatehouse/contract/operation'
import { type Context, commit } from '../context.ts'
import { eraseDevices } from '../devices/erase-devices.ts'
import { eraseFactors } from '../factors/erase-factors.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { eraseMailTokens } from '../mail-tokens/mail-tokens.ts'
import { erasePassword } from '../passwords/erase-password.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { replaceStanding } from './administrator.store.ts'
import { writeTenants } from './create-administrator.ts'
import { getAdministratorRow, tenantsOf } from './find-standing.ts'
import { getAdministrator } from './list-administrators.ts'
import { holdSpareOwner, inOneOrder, refuseSelf } from './spare-owner.ts'

/** Another role, or other tenants. Sessions go on: what they may do is looked up at every request. */
export async function changeAdministrator(ctx: Context, input: Parsed<typeof Change>): Promise<Administrator> {
  const { id, reason } = input
  refuseSelf(ctx, id)
  const row = await getAdministratorRow(ctx, id)
  const role = input.role ?? row.role
  const tenants = input.tenants === undefined ? (role === 'owner' ? null : tenantsOf(row)) : input.tenants
  const looks_after = await writeTenants(ctx, role, tenants)
  const spare = role === 'owner' ? [] : await holdSpareOwner(ctx, row)
  const data = { role, role_before: row.role, tenants: looks_after, tenants_before: row.looks_after, reason }
  const committed = await commit(ctx, [
    ...inOneOrder([
      { id, write: replaceStanding({ ...row, role, looks_after, updated_at: ctx.now.getTime() }) },
      ...spare,
    ]),
    record(ctx, { type: 'administrator.changed', userId: id, data }),
  ])
  if (!committed.done) throw new Fault('version_conflict')
  return getAdministrator(ctx, id)
}

/** Nothing is left but what the record says of them. The address may be an administrator's again. */
export function removeAdministrator({ sessions, keys }: { readonly sessions: Sessions; readonly keys: Keyring }) {
  return async (
    ctx: Context,
    { id, reason }: { readonly id: UserId; readonly reason: string },
  ): Promise<Record<string, never>> => {
    refuseSelf(ctx, id)
    const row = await getAdministratorRow(ctx, id)
    const spare = await holdSpareOwner(ctx, row)
    const now = ctx.now.getTime()
    const gone = replaceStanding({ ...row, role: 'none', email_key: null, disabled_at: now, updated_at: now })
    const committed = await commit(ctx, [
      ...inOneOrder([{ id, write: gone }, ...spare]),
      ...(await eraseFactors(ctx, keys, id)),
      eraseDevices(ctx, id),
      eraseMailTokens(ctx, id),
      erasePassword(ctx, id),
      ...sessions.endAllOf(ctx, id, 'user_disabled', { note: reason }),
      record(ctx, { type: 'administrator.removed', userId: id, data: { role: row.role, reason } }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    sessions.forgetAll()
    return {}
  }
}
