import { createHash } from 'node:crypto'
import { Fault } from './fault.ts'
import type { Id, IdPrefix } from './ids.ts'

/** Binds a cursor to its question, so that it cannot be used to page through another one. */
function fingerprint(filter: unknown): string {
  return createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 8)
}

/** An opaque place in a list ordered by a falling number. */
export function writeCursor(before: number, filter: unknown): string {
  return writeMark(String(before), filter)
}

/** An opaque place in a list ordered by falling ids. */
export function writeIdCursor(before: Id<IdPrefix>, filter: unknown): string {
  return writeMark(before, filter)
}

/**
 * The number that the next page stays below; infinite for the first page.
 * @throws Fault `invalid_request` for a cursor that is not ours or belongs to another filter.
 */
export function readCursor(cursor: string | undefined, filter: unknown): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  return Number(readMark(cursor, filter, /^[0-9]{1,15}$/))
}

/** The id that the next page stays below; above all ids of its kind for the first page. Throws like `readCursor`. */
export function readIdCursor(cursor: string | undefined, filter: unknown, prefix: IdPrefix): string {
  if (cursor === undefined) return `${prefix}_~`
  return readMark(cursor, filter, /^[a-z]{3}_[0-9a-z]{26}$/)
}

/** A page of a list, of which one row more was read than `limit`, to know whether there are more. */
export function pageOf<Row, Shown>(
  rows: readonly Row[],
  limit: number,
  { show, mark }: { readonly show: (row: Row) => Shown; readonly mark: (last: Row) => string },
): { data: Shown[]; has_more: boolean; next_cursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const hasMore = rows.length > limit
  return { data: page.map((row) => show(row)), has_more: hasMore, next_cursor: hasMore && last ? mark(last) : null }
}

function writeMark(mark: string, filter: unknown): string {
  return Buffer.from(`${fingerprint(filter)}.${mark}`).toString('base64url')
}

function readMark(cursor: string, filter: unknown, form: RegExp): string {
  const [print, mark] = Buffer.from(cursor, 'base64url').toString('latin1').split('.')
  if (print === fingerprint(filter) && mark && form.test(mark)) return mark
  throw new Fault('invalid_request', {
    errors: [{ pointer: '/cursor', code: 'cursor_filter_mismatch', detail: 'This cursor belongs to another question' }],
  })
}
