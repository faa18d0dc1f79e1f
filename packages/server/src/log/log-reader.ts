import type { Context } from '../context.ts'
import type { Schema } from '../storage/schema.ts'
import type { Write } from '../storage/write.ts'

/** An event with its place in the sealed log. */
export interface SealedEvent extends Omit<Schema['event'], 'seq' | 'position' | 'salt' | 'commitment'> {
  readonly position: number
}

/** Whether an event has its place. */
export function isSealed<Row extends { position: number | null }>(row: Row): row is Row & SealedEvent {
  return row.position !== null
}

/**
 * Somebody who reads the log of all tenants from one end to the other, in the order of positions.
 *
 * What `read` returns is committed together with the move of the reader's cursor: inside our database its effect is
 * exactly once. `read` itself may run more than once for the same events, so it changes nothing: what leaves the machine
 * is written down (an outbox, a delivery) and sent by a job of its own. When it throws, or a guard of its writes fails,
 * the same events come again after a while; no other reader waits for it. Readers go in step, though: one that
 * has a pace of its own, or waits for somebody outside, goes by itself.
 *
 * An event's tenant is `event.tenant_id`; a context of that tenant is `{ ...ctx, tenantId: event.tenant_id }`. A reader
 * may `record` events of its own, and will meet them later: it must not answer them with more of the same.
 *
 * To add one, write a function that returns a `LogReader` in the slice that it belongs to, and name it among the `readers`
 * in `createJobs` in `app.ts`. Its events come within about a quarter of a second of their commit.
 */
export interface LogReader {
  /** Its cursor's name. Another name is another reader, which begins anew. */
  readonly name: string
  /** Where a reader begins that the database does not know: with the oldest event, or with what comes from now on. */
  readonly begins: 'oldest' | 'now'
  /** How long it lets events gather that nobody waits for; it reads at once unless said. */
  readonly paceMs?: number
  /** It tells somebody outside what it reads: where it is is kept at once, so that little comes again after a crash. */
  readonly sends?: true
  read(ctx: Context, events: readonly SealedEvent[]): Promise<readonly Write[]>
}
