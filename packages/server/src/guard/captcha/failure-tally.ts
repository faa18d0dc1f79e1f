import { type Context, update } from '../../context.ts'
import { countFailure, type FailureLimit, RecentFailures, takeBackFailure } from './recent-failures.ts'

/** The failures of a name or a source, kept where all nodes see them. */
export interface FailureTally {
  /** Counts an attempt before it is judged, and says whether there were too many before it. */
  count(ctx: Context): Promise<boolean>
  /** Takes back what this request counted. */
  takeBack(ctx: Context): Promise<void>
}

export function failureTally(key: string, limit: FailureLimit): FailureTally {
  return {
    count: (ctx) =>
      update(ctx, key, limit.windowMs, (kept) => {
        const { next, isRisky } = countFailure(read(kept), ctx.now.getTime(), limit)
        return { kept: write(next), result: isRisky }
      }),
    takeBack: (ctx) =>
      update(ctx, key, limit.windowMs, (kept) => {
        return { kept: write(takeBackFailure(read(kept), ctx.now.getTime())), result: undefined }
      }),
  }
}

/** Under which name the failures of a name are kept, known or not. */
export function nameTallyKey({ tenantId }: Context, name: string): string {
  return `captcha name ${tenantId} ${name}`
}

/** Somebody has vouched for a name: what failed there asks for no captcha any more. */
export function forgetNameFailures(ctx: Context, name: string): Promise<void> {
  return update(ctx, nameTallyKey(ctx, name), 1, () => ({ kept: undefined, result: undefined }))
}

function read(kept: string | undefined): RecentFailures {
  return kept === undefined ? [] : RecentFailures.parse(JSON.parse(kept))
}

function write(failures: RecentFailures): string | undefined {
  return failures.length > 0 ? JSON.stringify(failures) : undefined
}
