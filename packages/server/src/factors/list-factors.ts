import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { listFactors as Contract } from '@gatehouse/contract/operations'
import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import { getUserRow } from '../users/get-user.ts'
import { type FactorRow, listFactorRows } from './factor.store.ts'
import { factors } from './factors.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { showFactor } from './stored-factor.ts'

/** The factors of a user, without those whose enrolment ran out. */
export async function listFactors(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const user = await getUserRow(ctx, input.id)
  const rows = await listFactorRows(ctx.db, ctx.tenantId, user.id)
  const now = ctx.now.getTime()
  return { data: rows.filter((row) => row.expires_at === null || row.expires_at > now).map(showFactor) }
}

/** The factors of a user that have been proven, in the order of `factors.ts`: recovery codes last. */
export async function listActiveFactors(ctx: Context, userId: UserId): Promise<readonly FactorRow[]> {
  const rows = await listFactorRows(ctx.db, ctx.tenantId, userId)
  const place = (row: FactorRow) => factors.findIndex(({ type }) => type === row.type)
  return rows.filter((row) => row.confirmed_at !== null).toSorted((one, other) => place(one) - place(other))
}

/** A suspended factor is still a factor of its owner: it is demanded, and cannot be asked for. */
export function isAskable(row: FactorRow): boolean {
  return row.confirmed_at !== null && row.suspended_at === null
}

/** A proven factor that is not merely a way back in. */
export function isReal(row: FactorRow): boolean {
  return row.type !== recoveryCodes.type && row.confirmed_at !== null
}
