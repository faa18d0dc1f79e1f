import { createHash } from 'node:crypto'
import { Fault } from './fault.ts'

/** Binds a cursor to its question, so that it cannot be used to page through another one. */
function fingerprint(filter: unknown): string {
  return createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 8)
}

/** An opaque place in a list ordered by a falling number. */
export function writeCursor(before: number, filter: unknown): string {
  return Buffer.from(`${fingerprint(filter)}.${before}`).toString('base64url')
}

/**
 * The number that the next page stays below; infinite for the first page.
 * @throws Fault `invalid_request` for a cursor that is not ours or belongs to another filter.
 */
export function readCursor(cursor: string | undefined, filter: unknown): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const [print, before] = Buffer.from(cursor, 'base64url').toString('latin1').split('.')
  if (print !== fingerprint(filter) || !before || !/^[0-9]{1,15}$/.test(before)) {
    throw new Fault('invalid_request', {
      errors: [
        { pointer: '/cursor', code: 'cursor_filter_mismatch', detail: 'This cursor belongs to another question' },
      ],
    })
  }
  return Number(before)
}
