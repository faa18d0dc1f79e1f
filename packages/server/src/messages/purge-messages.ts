import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { deleteEndedMessages, hasEndedMessages } from './message.store.ts'

/** How long it can be seen that a message was sent, or why it was not. What it said is gone long before. */
const keptMs = 30 * dayMs

/** Removes a batch of messages that have had their time. True when there were any. */
export async function purgeMessages(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime() - keptMs
  if (!(await hasEndedMessages(ctx.db, before))) return false
  await commit(ctx, [deleteEndedMessages({ before, rows: 500 })])
  return true
}
