import type { listFactors as Contract } from '@gatehouse/contract/factor-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { FactorType } from '@gatehouse/contract/resources'
import { actingSession, type Context, isRecovery } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId, UserId } from '../kernel/ids.ts'
import { getUserRow } from '../users/get-user.ts'
import { accessPass } from './access-pass/access-pass.ts'
import { type FactorRow, findFactor, listFactorRows } from './factor.store.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { showFactor } from './stored-factor.ts'

export type { FactorRow }

/** The factors of a user, without those whose enrolment ran out. */
export async function listFactors(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const user = await getUserRow(ctx, input.id)
  const rows = await listFactorRows(ctx.db, ctx.tenantId, user.id)
  const now = ctx.now.getTime()
  const shown = rows.filter((row) => !isMailCheck(row) && (row.expires_at === null || row.expires_at > now))
  return { data: shown.map(showFactor) }
}

/** The factor of the tenant, pending or active. */
export async function getFactorRow(ctx: Context, id: FactorId): Promise<FactorRow> {
  const row = await findFactor(ctx.db, ctx.tenantId, id)
  if (!row) throw new Fault('not_found')
  return row
}

/** The factors of a user that have been proven, as they are offered. */
export async function listActiveFactors(ctx: Context, userId: UserId): Promise<readonly FactorRow[]> {
  return (await listAnswerable(ctx, userId)).filter((row) => !isMailCheck(row))
}

/** The same, and where a user has none, the address of their account while a sign-in is checked by a code that goes there. */
export async function listAnswerable(ctx: Context, userId: UserId): Promise<readonly FactorRow[]> {
  const rows = await listFactorRows(ctx.db, ctx.tenantId, userId)
  const now = ctx.now.getTime()
  const active = rows.filter((row) => row.confirmed_at !== null && (row.expires_at === null || row.expires_at > now))
  return inOfferOrder(active.some(isReal) ? active.filter((row) => !isMailCheck(row)) : active)
}

/** Not a factor: stands in for one while a sign-in waits for a code by mail, and goes with its use. */
export function isMailCheck({ type, confirmed_at, expires_at }: Proven): boolean {
  return type === 'email' && confirmed_at !== null && expires_at != null
}

type Proven = Pick<FactorRow, 'type' | 'confirmed_at'> & Partial<Pick<FactorRow, 'expires_at'>>

/** The strongest type first, recovery codes last; of one type, the one used last comes first. */
export function inOfferOrder<F extends Pick<FactorRow, 'type' | 'last_used_at'>>(rows: readonly F[]): readonly F[] {
  const place = ({ type }: F) => (FactorType.options as readonly string[]).indexOf(type)
  return rows.toSorted((one, other) => place(one) - place(other) || (other.last_used_at ?? 0) - (one.last_used_at ?? 0))
}

/**
 * Those of a user's factors that can be asked for now. One that is suspended, or has had its time, is still a factor of its
 * owner: it is demanded, and cannot be asked for. The last one that could be used does not age.
 */
export function listAskable<F extends Ages>(rows: readonly F[], now: Date): readonly F[] {
  const able = rows.filter((row) => row.confirmed_at !== null && row.suspended_at === null)
  const old = able.filter((row) => row.renew_by !== null && row.renew_by <= now.getTime())
  const fresh = able.filter((row) => !old.includes(row))
  const [last] = fresh.some(isReal) ? [] : old.toSorted((one, other) => (other.renew_by ?? 0) - (one.renew_by ?? 0))
  return able.filter((row) => row === last || fresh.includes(row))
}

type Ages = Pick<FactorRow, 'type' | 'confirmed_at' | 'suspended_at' | 'renew_by'>

/** What lets somebody in to set up a factor, and is none. */
const waysBack: readonly string[] = [recoveryCodes.type, accessPass.type]

/** A proven factor that is not merely a way back in. */
export function isReal(row: Proven): boolean {
  return !waysBack.includes(row.type) && row.confirmed_at !== null && !isMailCheck(row)
}

/** A way back in leads to one factor: whether whoever came by one has it already. */
export function hasRecovered(ctx: Context, rows: readonly FactorRow[]): boolean {
  return isRecovery(ctx) && rows.some((row) => isReal(row) && (row.confirmed_at ?? 0) > actingSession(ctx).created_at)
}
