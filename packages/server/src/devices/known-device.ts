import type { Policy } from '@gatehouse/contract/policy'
import type { Context } from '../context.ts'
import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import { dayMs } from '../kernel/durations.ts'
import { type Id, newId, type UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { findDevice, insertDevice, listDeviceRows } from './device.store.ts'

/** The device that brings this token, if it belongs to this user and is still known. */
export async function findKnownDevice(
  ctx: Context,
  userId: UserId | undefined,
  token: string | undefined,
): Promise<Id<'dev'> | undefined> {
  if (token === undefined || userId === undefined) return undefined
  const device = await findDevice(ctx.db, ctx.tenantId, sha256(token))
  return device?.user_id === userId && device.expires_at > ctx.now.getTime() ? device.id : undefined
}

/** Knows a device from now on: the token goes to the device and nowhere else. */
export function rememberDevice(
  ctx: Context,
  userId: UserId,
  policy: Policy,
): { readonly token: string; readonly write: Write } {
  const token = randomToken('dvt_', ctx)
  const now = ctx.now.getTime()
  const write = insertDevice({
    id: newId('dev', ctx),
    tenant_id: ctx.tenantId,
    user_id: userId,
    token_hash: sha256(token),
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
