import { type Context, commit } from '../context.ts'
import { giveUp } from './follow-stories.ts'
import { endStory, listOverStories } from './level.store.ts'
import { writesOf } from './tally.ts'

const batch = 200

/** Counts what was begun and not brought to its end. True when there may be more. */
export async function countGivenUp(ctx: Context): Promise<boolean> {
  const stories = await listOverStories(ctx.db, ctx.now.getTime(), batch)
  if (stories.length === 0) return false
  const counts = stories.flatMap((story) =>
    giveUp(story).map((count) => ({ ...count, tenantId: story.tenant_id, at: story.ends_at, count: 1 })),
  )
  const ends = stories.map(({ id, ends_at }) => endStory({ id, ends_at }))
  const committed = await commit(ctx, [...ends, ...writesOf(counts)])
  // One of them has gone on meanwhile: the rest is counted in the next run.
  return committed.done && stories.length === batch
}
