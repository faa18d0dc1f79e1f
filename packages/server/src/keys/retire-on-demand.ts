import type { Context } from '../context.ts'
import { minuteMs } from '../kernel/durations.ts'
import { countSealed } from './count-sealed.ts'
import { type KeyRow, listKeyRows } from './key.store.ts'
import { outsideMs } from './outside.ts'
import { retireKey } from './retire-key.ts'
import type { SealedColumn } from './sealed-column.ts'

export type Retirement =
  | { readonly retired: true; readonly key: KeyRow }
  | { readonly retired: false; readonly because: 'unknown' | 'in_use' | 'not_data' }
  | { readonly retired: false; readonly because: 'records'; readonly records: number }
  | { readonly retired: false; readonly because: 'young' | 'links'; readonly until: Date }

interface Wanted {
  readonly id: string
  /** Although links in mails that were sent under it stop working. */
  readonly endsLinks: boolean
}

/** A process that began before the key was replaced may still seal by it: a long import, a node that had lost the database. */
const youngMs = 10 * minuteMs

/** Removes a data key that has been replaced, if nothing in the database needs it any more. */
export async function retireOnDemand(
  ctx: Context,
  columns: readonly SealedColumn[],
  { id, endsLinks }: Wanted,
): Promise<Retirement> {
  const key = (await listKeyRows(ctx.db)).find((row) => row.id === id)
  if (!key) return { retired: false, because: 'unknown' }
  if (key.purpose !== 'data') return { retired: false, because: 'not_data' }
  if (key.replaced_at === null) return { retired: false, because: 'in_use' }
  const records = (await countSealed(ctx.db, columns)).get(id) ?? 0
  if (records > 0) return { retired: false, because: 'records', records }
  const grown = new Date(key.replaced_at + youngMs)
  if (ctx.now < grown) return { retired: false, because: 'young', until: grown }
  const until = new Date(key.replaced_at + outsideMs)
  if (!endsLinks && ctx.now < until) return { retired: false, because: 'links', until }
  return (await retireKey(ctx, key)) ? { retired: true, key } : { retired: false, because: 'unknown' }
}
