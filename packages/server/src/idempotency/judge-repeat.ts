import type { KeptRow } from './kept-answer.store.ts'

/** What is to be done with a request whose key is known. */
export type RepeatVerdict = 'replay' | 'take_over' | 'other_request' | 'in_progress' | 'lost'

/** What is known of the request that came first. */
export interface First extends Pick<KeptRow, 'holder' | 'runs_until' | 'begun_at' | 'expires_at'> {
  readonly isSameRequest: boolean
  readonly isAnswered: boolean
}

/** Who asks: the process that does, and whether there can be no other beside it. */
export interface Asker {
  readonly holder: string
  readonly isAlone: boolean
}

/**
 * An attempt that has changed nothing and is not under way any more may be begun anew: should it still be there, its
 * commits fail (`markBegun`). One that has changed something is never begun anew, and its answer may be lost.
 */
export function judgeRepeat(first: First, nowMs: number, { holder, isAlone }: Asker): RepeatVerdict {
  if (first.expires_at <= nowMs) return 'take_over'
  if (!first.isSameRequest) return 'other_request'
  if (first.isAnswered) return 'replay'
  const isOver = first.runs_until <= nowMs || (isAlone && first.holder !== holder)
  if (!isOver) return 'in_progress'
  return first.begun_at === null ? 'take_over' : 'lost'
}
