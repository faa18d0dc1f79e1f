import { type Context, update } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Locked } from './login-attempts.ts'
import { sourceOf } from './source.ts'

/**
 * Keeps a source out of one account for a while. Not out of all accounts: else anybody could shut out the whole house that
 * shares their address.
 */
export function blockSource(ctx: Context, userId: UserId, address: string, forMs: number): Promise<void> {
  return keepOut(ctx, nameOf(ctx, userId, address), forMs)
}

/** How long the source of this request is still kept out of the account; undefined when it is not. */
export function findBlock(ctx: Context, userId: UserId): Promise<Locked | undefined> {
  return findKeptOut(ctx, userId)
}

function keepOut(ctx: Context, name: string, forMs: number): Promise<void> {
  const until = ctx.now.getTime() + forMs
  return update(ctx, name, forMs, () => ({ kept: String(until), result: undefined }))
}

async function findKeptOut(ctx: Context, from: UserId | 'all'): Promise<Locked | undefined> {
  const { ipAddress } = ctx.source
  if (ipAddress === null) return undefined
  const now = ctx.now.getTime()
  const until = await update(ctx, nameOf(ctx, from, ipAddress), 1, (kept) => ({ kept, result: Number(kept ?? 0) }))
  return until > now ? { allowed: false, retryAfterMs: until - now } : undefined
}

/** Keeps a source out of all accounts of the tenant for a while: somebody has looked at what comes from there. */
export function blockEverywhere(ctx: Context, address: string, forMs: number): Promise<void> {
  return keepOut(ctx, nameOf(ctx, 'all', address), forMs)
}

/** How long the source of this request is still kept out of all accounts. */
export function findWideBlock(ctx: Context): Promise<Locked | undefined> {
  return findKeptOut(ctx, 'all')
}

function nameOf(ctx: Context, from: UserId | 'all', address: string): string {
  return `blocked ${ctx.tenantId} ${from} ${sourceOf(address)}`
}
