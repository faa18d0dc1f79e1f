import { type Context, commit } from '../context.ts'
import type { Job } from '../jobs/job.ts'
import { minuteMs } from '../kernel/durations.ts'
import { findCursor, insertCursor, moveCursor } from './cursor.store.ts'
import { findNewestSeal } from './seal.store.ts'
import { readTile } from './tiles.ts'
import { consistencyRanges, rootsOf } from './tree.ts'

/** Somebody outside who keeps checkpoints, so that this log cannot be cut or begun anew without being found out. */
export interface Witness {
  readonly name: string
  /**
   * `prove` gives the hashes, in base64, which prove that the log has grown from one of that size.
   * @throws Error when it could not be told: it is told again
   */
  tell(checkpoint: string, prove: (from: number) => Promise<readonly string[]>): Promise<void>
}

/** Tells a witness what the log is, when it has grown, once a minute at most. The same checkpoint may come again. */
export function witnessJob({ name, tell }: Witness): Job {
  const reader = `witness ${name}`
  return {
    name: reader,
    everyMs: minuteMs,
    async run(ctx: Context) {
      const told = await findCursor(ctx.db, reader)
      const seal = await findNewestSeal(ctx.db)
      if (!seal || seal.size <= (told ?? 0)) return 'done'
      const { size } = seal
      const prove = async (from: number) =>
        (await rootsOf(consistencyRanges(from, size), (level, number) => readTile(ctx.db, level, number))).map((hash) =>
          Buffer.from(hash).toString('base64'),
        )
      await tell(seal.note, prove)
      const moved =
        told === undefined ? insertCursor({ reader, position: size }) : moveCursor({ reader, from: told, to: size })
      await commit(ctx, [moved])
      return 'done'
    },
  }
}
