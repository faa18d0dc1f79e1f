import type { Policy } from '@gatehouse/contract/policy'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import type { LogReader } from '../log/log-reader.ts'
import { followStories, storiesOf } from './follow-stories.ts'
import { dropStory, findStories, keepStory } from './level.store.ts'
import { writesOf } from './tally.ts'

/** Readers may be late by this much before what goes on counts as given up. */
const slackMs = 2 * minuteMs

/** Counts what the service levels are made of. Nobody waits for that: it reads in large pieces. */
export function levelReader({ policy }: { readonly policy: Policy }): LogReader {
  const patience = {
    proofMs: policy.challengeSeconds * secondMs + slackMs,
    enrollmentMs: policy.enrollmentSeconds * secondMs + slackMs,
  }
  return {
    name: 'levels',
    begins: 'now',
    paceMs: 10 * secondMs,
    async read(ctx, events) {
      const open = await findStories(ctx.db, storiesOf(events))
      const { counts, stories } = followStories(events, new Map(open.map((story) => [story.id, story])), patience)
      const known = new Set(open.map(({ id }) => id))
      const kept = [...stories].flatMap(([id, story]) => {
        if (story) return keepStory(story)
        return known.has(id) ? dropStory({ id }) : []
      })
      return [...writesOf(counts), ...kept]
    },
  }
}
