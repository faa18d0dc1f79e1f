import type { Reader } from '../storage/storage.ts'
import type { EventFilter } from './event-filter.ts'
import {
  findFirstFrom,
  findNewestSeq,
  type KeyRange,
  listFitting,
  listNetwork,
  listWalk,
  type Walk,
} from './search.store.ts'

export type EventRow = Awaited<ReturnType<typeof listFitting>>[number]

/** What one step of a search has found, the newest first. */
export interface Found {
  readonly rows: readonly EventRow[]
  /** Everything from here on has been looked at; undefined when nothing is left. */
  readonly before: number | undefined
}

/** How many places one step looks at: few enough that nobody else waits for them. */
const placesPerStep = 1000
/** How many rows one statement looks at where most of them may not fit. */
const placesPerLook = 250
/** A network with fewer events than this is the way to go; one with more is met often on any other. */
const eventsOfSmallNetwork = 20_000
/** How far the clocks of nodes may be apart, or one be set back, for a search by time to find everything. */
const clockSlackMs = 3_600_000

interface Places {
  /** The newest first. */
  readonly places: readonly number[]
  /** All places from here on are among them; 0 when there are no more. */
  readonly floor: number
}

/**
 * Looks for events below `before`, the newest first, a bounded step at a time. Each step goes by the index that skips
 * most, so the time for a page does not grow with the record. `wanted` ends a step early, at a row.
 */
export async function* searchEvents(
  db: Reader,
  filter: EventFilter,
  { before, wanted }: { readonly before: number; readonly wanted: number },
): AsyncGenerator<Found> {
  const { conditions } = filter
  const from = conditions.sinceMs === undefined ? 0 : await findSeqAt(db, conditions.sinceMs - clockSlackMs)
  const end = conditions.untilMs === undefined ? before : await findSeqAt(db, conditions.untilMs + clockSlackMs)
  const ofNetwork = conditions.network && (await listSmallNetwork(db, conditions.network))
  const { walks, types, network, sinceMs, untilMs } = conditions
  const isBroad = walks.length === 0 && [types, network, sinceMs, untilMs].every((each) => each === undefined)
  const perStep = isBroad ? Math.min(wanted, placesPerStep) : placesPerStep

  for (let below = Math.min(before, end); ; ) {
    const { places, floor } = ofNetwork
      ? nextPlaces(ofNetwork, { from, below, limit: perStep })
      : await sparsestPlaces(db, filter, { from, below, limit: perStep })
    const rows: EventRow[] = []
    for (let done = 0; done < places.length && rows.length < wanted; done += placesPerLook) {
      const part = places.slice(done, done + placesPerLook)
      rows.push(...(await listFitting(db, filter.tenantId, part, conditions, wanted - rows.length)))
    }
    const last = rows.length >= wanted ? rows.at(-1)?.seq : floor
    yield { rows, before: last || undefined }
    if (!last) return
    below = last
    // Reads of the embedded database are made at once: others get their turn between steps.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

interface Span {
  readonly from: number
  readonly below: number
  readonly limit: number
}

/** Of all ways to what can be found the one whose next places reach back furthest. */
async function sparsestPlaces(db: Reader, { ways }: EventFilter, span: Span): Promise<Places> {
  let best: Places | undefined
  for (const way of ways) {
    const places = await placesOf(db, way, span)
    if (!best || places.floor < best.floor || (places.floor === 0 && places.places.length < best.places.length)) {
      best = places
    }
    if (best.floor === 0 && best.places.length < placesPerLook) break
  }
  return best ?? { places: [], floor: 0 }
}

/** The next places on several walks at once. */
async function placesOf(db: Reader, walks: readonly Walk[], { from, below, limit }: Span): Promise<Places> {
  const found = await Promise.all(walks.map((walk) => listWalk(db, walk, from, below, limit)))
  const floor = Math.max(0, ...found.map((places) => (places.length === limit ? (places.at(-1) ?? 0) : 0)))
  const places = found.flat().filter((place) => place >= floor)
  return { places: found.length > 1 ? places.toSorted((one, other) => other - one) : places, floor }
}

function nextPlaces(all: readonly number[], { from, below, limit }: Span): Places {
  const rest = all.filter((place) => place >= from && place < below)
  const places = rest.slice(0, limit)
  return { places, floor: rest.length > limit ? (places.at(-1) ?? 0) : 0 }
}

/** All places of a network, the newest first, if they are few. */
async function listSmallNetwork(db: Reader, network: KeyRange): Promise<readonly number[] | undefined> {
  const places = await listNetwork(db, network, eventsOfSmallNetwork)
  return places.length < eventsOfSmallNetwork ? places.toSorted((one, other) => other - one) : undefined
}

/** The place of the first event at this time or after, as far as clocks go forward; beyond the last when there is none. */
async function findSeqAt(db: Reader, atMs: number): Promise<number> {
  let low = 0
  let high = (await findNewestSeq(db)) + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const event = await findFirstFrom(db, middle)
    if (!event || event.at >= atMs) high = middle
    else low = event.seq + 1
  }
  return low
}
