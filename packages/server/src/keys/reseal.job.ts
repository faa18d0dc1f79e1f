import { type Context, commit } from '../context.ts'
import type { Job } from '../jobs/job.ts'
import { dayMs, secondMs } from '../kernel/durations.ts'
import type { Write } from '../storage/write.ts'
import { type KeyRow, listKeyRows } from './key.store.ts'
import type { Keyring } from './keyring.ts'
import { outsideMs } from './outside.ts'
import { retireKey } from './retire-key.ts'
import type { Found, SealedColumn } from './sealed-column.ts'

/** Small, so that a request waits for a few milliseconds at most. */
const rowsPerRun = 200

/** One walk through all sealed values for the sake of these keys. It knows nothing that is not in the data: a new one does what is left. */
interface Walk {
  readonly keyIds: ReadonlySet<string>
  column: number
  after: Found['row'] | undefined
  resealed: number
  /** The keys of values that do not open. They stay. */
  readonly unreadable: Set<string>
}

interface Tools {
  readonly keys: Keyring
  readonly columns: readonly SealedColumn[]
  readonly report: (error: unknown) => void
}

/**
 * Seals anew what is sealed by keys whose time has come, batch by batch, while everything goes on. A walk that found nothing
 * is the last: then the keys that nothing outside of the database needs any more are retired.
 */
export function resealJob({ keys, columns, report }: Tools): Job {
  let walk: Walk | undefined
  let lastWalk: { readonly keyIds: string; readonly at: number } | undefined

  async function walkOn(ctx: Context, at: Walk, column: SealedColumn): Promise<Walk> {
    const { keyIds, unreadable } = at
    const found = await column.list(ctx.db, at.after, rowsPerRun)
    const due = found.filter(({ keyId }) => keyId !== undefined && keyIds.has(keyId))
    const writes = due.flatMap((each) => resealOne(ctx, each, { column, unreadable }))
    if (writes.length > 0) await commit(ctx, writes)
    const isOver = found.length < rowsPerRun
    return {
      ...at,
      column: isOver ? at.column + 1 : at.column,
      after: isOver ? undefined : found.at(-1)?.row,
      resealed: at.resealed + writes.length,
    }
  }

  /** One value that is damaged does not keep the others from being sealed anew. */
  function resealOne(
    ctx: Context,
    found: Found,
    { column: { name }, unreadable }: { readonly column: SealedColumn; readonly unreadable: Set<string> },
  ): readonly Write[] {
    try {
      return [found.reseal(keys, ctx)]
    } catch (cause) {
      if (found.keyId !== undefined) unreadable.add(found.keyId)
      report(new Error(`A value of ${name} that was sealed by ${found.keyId} cannot be sealed anew.`, { cause }))
      return []
    }
  }

  async function retireUnused(ctx: Context, due: readonly KeyRow[]): Promise<void> {
    const nowMs = ctx.now.getTime()
    for (const row of due) if (nowMs - (row.replaced_at ?? nowMs) >= outsideMs) await retireKey(ctx, row)
  }

  return {
    name: 'resealing',
    everyMs: 5 * secondMs,
    async run(ctx) {
      const nowMs = ctx.now.getTime()
      const isDue = ({ purpose, reseal_at }: KeyRow) => purpose === 'data' && reseal_at !== null && reseal_at <= nowMs
      const due = (await listKeyRows(ctx.db)).filter(isDue)
      const name = due.map(({ id }) => id).join()
      // What is sealed now must be under a key that stays.
      if (due.length === 0 || due.some(({ id }) => id === keys.dataKeyId)) return 'done'
      if (!walk) {
        if (lastWalk?.keyIds === name && nowMs >= lastWalk.at && nowMs - lastWalk.at < dayMs) return 'done'
        walk = {
          keyIds: new Set(due.map(({ id }) => id)),
          column: 0,
          after: undefined,
          resealed: 0,
          unreadable: new Set(),
        }
      }
      const column = columns[walk.column]
      if (column) {
        walk = await walkOn(ctx, walk, column)
        return 'again'
      }
      const { keyIds, resealed, unreadable } = walk
      walk = undefined
      // Another node may have gone on with the old key for a moment.
      if (resealed > 0) return 'again'
      lastWalk = { keyIds: name, at: nowMs }
      const unused = due.filter(({ id }) => keyIds.has(id) && !unreadable.has(id))
      await retireUnused(ctx, unused)
      return 'done'
    },
  }
}
