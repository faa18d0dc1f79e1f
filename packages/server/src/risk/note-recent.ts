import { type Context, update } from '../context.ts'
import { sourceOf } from '../guard/source.ts'
import type { UserId } from '../kernel/ids.ts'
import { note, Recent, recentMs, since } from './recent.ts'

/** A sign-in from where this request comes from has failed. */
export function noteFailedSignIn(ctx: Context): Promise<void> {
  return add(ctx, failuresOf(ctx), 'x')
}

/** A second factor of this kind was tried, rightly or wrongly. */
export function noteTriedFactor(ctx: Context, userId: UserId, type: string): Promise<void> {
  return add(ctx, triesOf(ctx, userId), type)
}

/** The sign-ins that have failed lately from where this request comes from. */
export function listFailedSignIns(ctx: Context): Promise<Recent> {
  return list(ctx, failuresOf(ctx))
}

/** The second factors that were tried lately in the name of this user. */
export function listTriedFactors(ctx: Context, userId: UserId): Promise<Recent> {
  return list(ctx, triesOf(ctx, userId))
}

function failuresOf({ tenantId, source }: Context): string {
  return `risk failed ${tenantId} ${sourceOf(source.ipAddress ?? '')}`
}

function triesOf({ tenantId }: Context, userId: UserId): string {
  return `risk tried ${tenantId} ${userId}`
}

function add(ctx: Context, key: string, name: string): Promise<void> {
  return update(ctx, key, recentMs, (kept) => ({
    kept: JSON.stringify(note(read(kept), name, ctx.now.getTime())),
    result: undefined,
  }))
}

function list(ctx: Context, key: string): Promise<Recent> {
  return update(ctx, key, recentMs, (kept) => ({ kept, result: since(read(kept), ctx.now.getTime()) }))
}

function read(kept: string | undefined): Recent {
  return kept === undefined ? [] : Recent.parse(JSON.parse(kept))
}
