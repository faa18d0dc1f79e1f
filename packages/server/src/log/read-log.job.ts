import { type Context, commit } from '../context.ts'
import type { Job } from '../jobs/job.ts'
import { cursorGuard, findCursor, insertCursor, listSealed, moveCursor } from './cursor.store.ts'
import { isSealed, type LogReader } from './log-reader.ts'
import { findNewestSeal, sealGuard } from './seal.store.ts'

/** One reader's work: the events that it has not seen, and what it makes of them, in one commit. */
export function readLogJob(reader: LogReader): Job {
  const { name, batch = 200, paceMs } = reader

  async function begin(ctx: Context): Promise<number> {
    const position = reader.begins === 'now' ? ((await findNewestSeal(ctx.db))?.size ?? 0) : 0
    const { done } = await commit(ctx, [insertCursor({ reader: name, position })])
    return done ? position : ((await findCursor(ctx.db, name)) ?? position)
  }

  return {
    name: `read ${name}`,
    everyMs: paceMs ?? 500,
    restMs: paceMs ?? 50,
    wokenBy: ({ guardName }) => guardName === sealGuard,
    async run(ctx) {
      const from = (await findCursor(ctx.db, name)) ?? (await begin(ctx))
      const events = (await listSealed(ctx.db, from, batch)).filter(isSealed)
      const last = events.at(-1)
      if (!last) return 'done'
      const writes = await reader.read(ctx, events)
      const moved = await commit(ctx, [moveCursor({ reader: name, from, to: last.position + 1 }), ...writes])
      if (!moved.done && moved.failed !== cursorGuard) {
        throw new Error(`The reader ${name} stands at position ${from} of the log: "${moved.failed}" was in its way.`)
      }
      return events.length === batch ? 'again' : 'done'
    },
  }
}
