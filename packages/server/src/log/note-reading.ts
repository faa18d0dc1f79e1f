import { type Context, commit, once } from '../context.ts'
import { hourMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import type { EventQuestion } from './event-filter.ts'
import { nameActor, record } from './record.ts'

/** The ways to read the record. */
export type Reading = 'search' | 'export' | 'feed' | 'dry_run'

/** Puts on record that somebody reads the record. */
export async function recordReading(ctx: Context, way: Reading, question: EventQuestion): Promise<void> {
  const asked = Object.entries(question).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  const userId = question.user_id as UserId | undefined
  await commit(ctx, [record(ctx, { type: 'audit.read', userId, data: { way, asked: asked.join(' ') } })])
}

/**
 * The same once an hour for each reader, way and person read about: who looks again and again does not fill the record. The
 * operator's commands are each on record: they count nothing, since they run beside the server that does.
 */
export async function noteReading(ctx: Context, way: Reading, question: EventQuestion): Promise<void> {
  const what = `log read ${nameActor(ctx.actor)} ${way} ${question.user_id ?? ''}`
  if (ctx.actor.kind === 'operator' || (await once(ctx, what, hourMs))) await recordReading(ctx, way, question)
}
