import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { findCursor } from './cursor.store.ts'
import { deleteEventsBelow, findFirstPosition, listEventRows } from './event.store.ts'
import { record } from './record.ts'
import { findNewestSeal } from './seal.store.ts'
import { tileWidth } from './tree.ts'

/** How many events one commit clears away at most. */
const tilesPerBatch = 16

interface Tools {
  readonly policy: Policy
  /** The names of all who read the log: what one of them has not read stays. */
  readonly readers: readonly string[]
}

/**
 * Clears away a batch of events that have been kept long enough, from the beginning of the log and by whole tiles. Seals and hashes
 * stay, so that every proof about what is kept, and that the log has only grown, holds as before. That it was done is on record, and
 * sealed: `verifyLog` takes no other gap.
 */
export function pruneEvents({ policy, readers }: Tools) {
  return async (ctx: Context): Promise<boolean> => {
    const first = await findFirstPosition(ctx.db)
    const seal = await findNewestSeal(ctx.db)
    if (first === undefined || !seal) return false
    const cursors = await Promise.all(readers.map(async (reader) => (await findCursor(ctx.db, reader)) ?? 0))
    const end = Math.min(first + tilesPerBatch * tileWidth, seal.size, ...cursors)
    const rows = await listEventRows(ctx.db, first, end, end - first)
    const isOld = ({ at }: { at: number }) => at < ctx.now.getTime() - policy.auditDays * dayMs
    const young = rows.findIndex((row) => !isOld(row))
    const limit = first + (young < 0 ? rows.length : young)
    const below = limit - (limit % tileWidth)
    if (below <= first) return false
    const data = { first, below, days: policy.auditDays }
    await commit(ctx, [deleteEventsBelow({ position: below }), record(ctx, { type: 'audit.pruned', data })])
    return true
  }
}
