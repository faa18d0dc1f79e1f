import type { ProblemCode } from '@gatehouse/contract/problems'
import { type Context, commit } from '../context.ts'
import { Fault, type FaultOptions } from '../kernel/fault.ts'
import type { Write } from '../storage/write.ts'
import type { NewEvent } from './new-event.ts'
import { record } from './record.ts'

/** What a refusal leaves behind. */
interface Refusal extends Omit<FaultOptions, 'recorded'> {
  readonly event: NewEvent
  /** Changes that belong to the refusal itself, such as ending what was tried too often. */
  readonly writes?: readonly Write[]
}

/** A refusal is a commit too: its event, its counts and its changes are durable before anybody hears of it. */
export async function refuse(
  ctx: Context,
  code: ProblemCode,
  { event, writes = [], ...said }: Refusal,
): Promise<never> {
  const committed = await commit(ctx, [record(ctx, event), ...writes])
  // Another request has made the change already: this refusal is on record all the same.
  if (!committed.done) await commit(ctx, [record(ctx, event)])
  throw new Fault(code, { ...said, recorded: true })
}
