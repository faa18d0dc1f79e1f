import type { Context } from '../context.ts'
import type { Write } from '../storage/write.ts'

/**
 * Work of the background. It knows no timers: the loop runs it, on one node at a time. The lease that sees to that can
 * be lost to a clock or a stall, so a job is written so that running twice at once does no harm: by compare-and-set, or
 * because doing it again changes nothing.
 *
 * To add one, write a `*.job.ts` in the slice that it belongs to, and name it in `createJobs` in `app.ts`.
 */
export interface Job {
  readonly name: string
  /** The longest time between two runs, and how soon another node's doings are seen. */
  readonly everyMs: number
  /** A write whose commit on this node wakes the job at once. */
  readonly wokenBy?: (write: Write) => boolean
  /** How long a job that is woken again and again rests between two runs, so that it finds more to do in each. */
  readonly restMs?: number
  /** Set where each node has its own of it to do: it knows no lease. */
  readonly onEveryNode?: true
  /**
   * One bounded batch of the work, a few seconds at most; `again` if there is more to do now. The context's actor is `system`; it
   * is that of the default tenant, and `{ ...ctx, tenantId }` is that of another one.
   */
  run(ctx: Context): Promise<'done' | 'again'>
  /** What runs have set going and not waited for, so that what is slow in it holds up nothing else. */
  readonly underWay?: () => readonly Promise<unknown>[]
  /** Lets go of that: the process ends. */
  readonly letGo?: () => void
}
