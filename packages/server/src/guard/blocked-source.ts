import { type Context, update } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Locked } from './login-attempts.ts'
import { sourceOf } from './source.ts'

/**
 * Keeps a source out of one account for a while. Not out of all accounts: else anybody could shut out the whole house that
 * shares their address.
 */
export function blockSource(ctx: Context, userId: UserId, address: string, forMs: number): Promise<void> {
  const until = ctx.now.getTime() + forMs
  return update(ctx, nameOf(ctx, userId, address), forMs, () => ({ kept: String(until), result: undefined }))
}

/** How long the source of this request is still kept out of the account; undefined when it is not. */
export async function findBlock(ctx: Context, userId: UserId): Promise<Locked | undefined> {
  const { ipAddress } = ctx.source
  if (ipAddress === null) return undefined
  const now = ctx.now.getTime()
  const until = await update(ctx, nameOf(ctx, userId, ipAddress), 1, (kept) => ({ kept, result: Number(kept ?? 0) }))
  return until > now ? { allowed: false, retryAfterMs: until - now } : undefined
}

function nameOf(ctx: Context, userId: UserId, address: string): string {
  return `blocked ${ctx.tenantId} ${userId} ${sourceOf(address)}`
}
