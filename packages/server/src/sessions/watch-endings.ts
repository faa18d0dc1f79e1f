import type { Policy } from '@gatehouse/contract/policy'
import { Fault } from '../kernel/fault.ts'
import type { ClientId, SessionId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { type Ending, listEndings } from './ending.store.ts'

/** What one look at the database has brought. */
export interface Look {
  /** Everything that ended before this time (epoch milliseconds) has been told. */
  readonly at: number
  readonly endings: readonly Ending[]
}

/** One who is told. */
export interface Seat {
  /** Waits for the next look; what several looks brought meanwhile comes as one. Undefined when the watch is over. */
  next(): Promise<Look | undefined>
  leave(): void
}

/**
 * Watches for sessions that end, on whichever node: one question to the database, however many are told. Who joins reads for
 * themselves, afterwards, what had ended before.
 */
export interface EndingWatch {
  /** @throws Fault `overloaded` when too many are there already */
  join(clientId: ClientId): Seat
}

const everyMs = 250
/**
 * A commit tells the time at which its request came. It may come to light this much later, or come from a node whose
 * clock is behind by as much; every so many looks we look back further.
 */
const overlapMs = 5000
export const wideOverlapMs = 60_000
const looksPerWideLook = 20
const endingsPerQuery = 1000

interface Tools {
  readonly db: Reader
  readonly now: () => Date
  readonly policy: Policy
  readonly reportFailure: (error: unknown) => void
}

interface Told {
  readonly clientId: ClientId
  tell(look: Look | undefined): void
}

export function watchEndings({ db, now, policy, reportFailure }: Tools): EndingWatch {
  const seats = new Set<Told>()
  const told = new Map<SessionId, number>()
  let looks = 0
  /** Of the last look that succeeded. */
  let lastAt: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(): Promise<void> {
    const at = now().getTime()
    const overlap = looks++ % looksPerWideLook === 0 ? wideOverlapMs : overlapMs
    const from = Math.min(at, lastAt ?? at) - overlap
    const fresh = (await listAll(db, from)).filter(({ id }) => !told.has(id))
    for (const { id, ended_at } of fresh) told.set(id, ended_at)
    for (const [id, endedAt] of told) if (endedAt < at - 2 * wideOverlapMs) told.delete(id)
    lastAt = at
    const byClient = Map.groupBy(fresh, ({ client_id }) => client_id)
    for (const seat of seats) seat.tell({ at, endings: byClient.get(seat.clientId) ?? [] })
  }

  /** A look that fails tells nobody anything: who hears nothing soon believes nothing. */
  function lookAgainAndAgain(): void {
    timer = setTimeout(() => {
      look()
        .catch(reportFailure)
        .finally(() => {
          if (seats.size > 0) return lookAgainAndAgain()
          timer = undefined
          lastAt = undefined
        })
    }, everyMs)
    timer.unref()
  }

  return {
    join(clientId) {
      const ofClient = [...seats].filter((seat) => seat.clientId === clientId).length
      if (seats.size >= policy.revocationFeeds || ofClient >= policy.revocationFeedsPerClient) {
        throw new Fault('overloaded', { detail: 'Too many revocation feeds are open.', retryAfterSeconds: 5 })
      }
      let kept: Look | undefined
      let isOver = false
      let wake: (() => void) | undefined
      const seat: Told = {
        clientId,
        tell(look) {
          if (look) kept = { at: look.at, endings: [...(kept?.endings ?? []), ...look.endings] }
          else isOver = true
          wake?.()
        },
      }
      seats.add(seat)
      if (timer === undefined) lookAgainAndAgain()
      return {
        async next() {
          while (!kept && !isOver) {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
          const taken = kept
          kept = undefined
          return isOver ? undefined : taken
        },
        leave() {
          seats.delete(seat)
          seat.tell(undefined)
        },
      }
    },
  }
}

async function listAll(db: Reader, from: number): Promise<readonly Ending[]> {
  const found: Ending[] = []
  for (let since = { ended_at: from, id: '' }; ; ) {
    const page = await listEndings(db, { ...since, limit: endingsPerQuery })
    found.push(...page)
    const last = page.at(-1)
    if (!last || page.length < endingsPerQuery) return found
    since = { ended_at: last.ended_at, id: last.id }
  }
}
