import type { Policy } from '@gatehouse/contract/policy'
import type { Context } from '../context.ts'
import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import { dayMs, hourMs } from '../kernel/durations.ts'
import { type Id, newId, type UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Write } from '../storage/write.ts'
import type { UserRow } from '../users/get-user.ts'
import { findDevice, insertDevice, listDeviceRows } from './device.store.ts'

/** A device on which its user has shown a second factor. */
export type KnownDevice = Schema['device']

/**
 * Whether the second factor that was shown on a device may stand for another sign-in: not for long, and not for a user who
 * has changed since, or has other factors now.
 */
export function isRemembered(
  device: KnownDevice | undefined,
  user: Pick<UserRow, 'version' | 'factors_version'>,
  { hours, nowMs }: { readonly hours: number; readonly nowMs: number },
): boolean {
  if (!device || nowMs - device.created_at >= hours * hourMs) return false
  return device.user_version === user.version && device.factors_version === user.factors_version
}

/** The device that brings this token, if it belongs to this user and is still known. */
export async function findKnownDevice(
  ctx: Context,
  userId: UserId | undefined,
  token: string | undefined,
): Promise<KnownDevice | undefined> {
  if (token === undefined) return undefined
  const device = await findDevice(ctx.db, ctx.tenantId, sha256(token))
  return device && device.user_id === userId && device.expires_at > ctx.now.getTime() ? device : undefined
}

/** Knows a device from now on: the token goes to the device and nowhere else. */
export function rememberDevice(
  ctx: Context,
  user: Pick<UserRow, 'id' | 'version' | 'factors_version'>,
  policy: Policy,
): { readonly token: string; readonly write: Write } {
  const token = randomToken('dvt_', ctx)
  const now = ctx.now.getTime()
  const write = insertDevice({
    id: newId('dev', ctx),
    tenant_id: ctx.tenantId,
    user_id: user.id,
    token_hash: sha256(token),
    user_version: user.version,
    factors_version: user.factors_version,
    created_at: now,
    expires_at: now + policy.deviceDays * dayMs,
  })
  return { token, write }
}

/** The ids of all devices of a user. */
export async function listDeviceIds(ctx: Context, userId: UserId): Promise<readonly Id<'dev'>[]> {
  const rows = await listDeviceRows(ctx.db, ctx.tenantId, userId)
  return rows.map(({ id }) => id)
}
