import type { Policy } from '@gatehouse/contract/policy'
import { type Context, update } from '../context.ts'
import { dayMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import { refuse } from '../log/refuse.ts'
import { countRequest, noteAnswer, PushPace, stopRequests } from './push/push-pace.ts'

/** A stop outlives everything but the hand that lifts it. */
const keepMs = 10 * 365 * dayMs

/**
 * Counts a request to a person's devices, before it is made.
 * @throws Fault `push_limited`, `push_stopped`
 */
export async function countPush(ctx: Context, userId: UserId, policy: Policy): Promise<void> {
  const limits = {
    lifeMs: policy.pushSeconds * secondMs,
    perTenMinutes: policy.pushPerTenMinutes,
    unansweredPerDay: policy.pushUnansweredPerDay,
  }
  const { verdict, retryAfterMs, stops } = await update(ctx, nameOf(ctx, userId), keepMs, (kept) => {
    const counted = countRequest(parse(kept), ctx.now.getTime(), limits)
    return { kept: JSON.stringify(counted.next), result: counted }
  })
  if (verdict === 'ask') return
  if (verdict === 'wait') {
    throw new Fault('push_limited', { retryAfterSeconds: Math.ceil(retryAfterMs / secondMs) })
  }
  if (stops) {
    return refuse(ctx, 'push_stopped', { event: { type: 'push.stopped', userId, data: { reason: 'unanswered' } } })
  }
  throw new Fault('push_stopped')
}

/** The device has answered: the next request may be made. */
export function notePushAnswer(ctx: Context, userId: UserId): Promise<void> {
  return change(ctx, userId, noteAnswer)
}

/** No request goes to this person's devices until somebody unlocks them. */
export function stopPush(ctx: Context, userId: UserId): Promise<void> {
  return change(ctx, userId, stopRequests)
}

/** Requests may be made again. */
export function resumePush(ctx: Context, userId: UserId): Promise<void> {
  return update(ctx, nameOf(ctx, userId), keepMs, () => ({ kept: undefined, result: undefined }))
}

function change(ctx: Context, userId: UserId, to: (pace: PushPace | undefined) => PushPace): Promise<void> {
  return update(ctx, nameOf(ctx, userId), keepMs, (kept) => ({
    kept: JSON.stringify(to(parse(kept))),
    result: undefined,
  }))
}

function nameOf(ctx: Context, userId: UserId): string {
  return `push ${ctx.tenantId} ${userId}`
}

function parse(kept: string | undefined): PushPace | undefined {
  return kept === undefined ? undefined : PushPace.parse(JSON.parse(kept))
}
