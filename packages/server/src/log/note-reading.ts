import { type Context, commit, once } from '../context.ts'
import { hourMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import type { EventQuestion } from './event-filter.ts'
import { nameActor, record } from './record.ts'

/** The ways to read the record. */
export type Reading = 'search' | 'export' | 'feed'

/**
 * Puts on record that somebody reads the record: once an hour for each reader, way and person read about, so that who
 * looks again and again does not fill it.
 */
export async function noteReading(ctx: Context, way: Reading, question: EventQuestion): Promise<void> {
  const about = question.user_id as UserId | undefined
  if (!(await once(ctx, `log read ${nameActor(ctx.actor)} ${way} ${about ?? ''}`, hourMs))) return
  const asked = Object.entries(question).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  await commit(ctx, [record(ctx, { type: 'audit.read', userId: about, data: { way, asked: asked.join(' ') } })])
}
