import { type Context, commit } from '../context.ts'
import type { Job } from '../jobs/job.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import type { Write } from '../storage/write.ts'
import { cursorGuard, insertCursor, listCursors, listSealed, moveCursor } from './cursor.store.ts'
import { isSealed, type LogReader, type SealedEvent } from './log-reader.ts'
import { findNewestSeal, sealGuard } from './seal.store.ts'

interface Tools {
  readonly name: string
  /** Who reads in step: what one of them waits for, all wait for. One that fails falls behind alone. */
  readonly readers: readonly LogReader[]
  /** Tells the operator of a reader that failed. */
  readonly report: (error: unknown, job: string) => void
  /** How many events they get at most at a time. */
  readonly batch?: number
  readonly paceMs?: number | undefined
}

/** Where a reader is. What lies between `kept` and `next` gave it nothing to write: it may come again. */
interface Place {
  readonly reader: LogReader
  /** The first position that it has not read, as the database knows it, and since when. */
  kept: number
  keptMs: number
  /** The first position that it has not read. */
  next: number
  failures: number
  /** One that has failed waits until then. */
  againMs: number
}

interface Outcome {
  readonly place: Place
  readonly writes: readonly Write[]
}

/** A place that has moved without anything to write is kept when it has moved so far, or after so long. */
const farAtMost = 2000
const keptEveryMs = 10 * secondMs
const longestWaitMs = minuteMs

/** Those who go in step, and a job for each of the others. */
export function readLogJobs(readers: readonly LogReader[], report: Tools['report']): readonly Job[] {
  const inStep = readers.filter(({ paceMs, sends }) => paceMs === undefined && !sends)
  const others = readers.filter((reader) => !inStep.includes(reader))
  return [
    readLogJob({ name: 'read the record', readers: inStep, report }),
    ...others.map((reader) =>
      readLogJob({ name: `read ${reader.name}`, readers: [reader], report, paceMs: reader.paceMs }),
    ),
  ]
}

/**
 * All readers in one pass over the events that they have not seen, and one commit of what they make of them. When nobody has anything
 * to write, nothing is written.
 */
export function readLogJob({ name, readers, report, batch = 500, paceMs }: Tools): Job {
  let places: readonly Place[] | undefined

  function fail(ctx: Context, place: Place, error: unknown): void {
    place.failures++
    place.againMs = ctx.now.getTime() + Math.min(longestWaitMs, secondMs * 2 ** (place.failures - 1))
    report(error, `read ${place.reader.name}`)
  }

  async function read(ctx: Context, place: Place, events: readonly SealedEvent[]): Promise<readonly Outcome[]> {
    try {
      return [{ place, writes: await place.reader.read(ctx, events) }]
    } catch (error) {
      fail(ctx, place, error)
      return []
    }
  }

  /** False when another node has read these events: what goes with them was not done twice. */
  async function keep(ctx: Context, outcomes: readonly Outcome[], to: number): Promise<boolean> {
    const moves = outcomes.map(({ place: { reader, kept } }) => moveCursor({ reader: reader.name, from: kept, to }))
    try {
      const moved = await commit(ctx, [...moves, ...outcomes.flatMap(({ writes }) => writes)])
      if (moved.done) {
        for (const { place } of outcomes) moveOn(place, to, ctx)
        return true
      }
      if (moved.failed === cursorGuard) return false
      throw new Error(`"${moved.failed}" was in its way.`)
    } catch (error) {
      const [first, ...others] = outcomes
      if (!first) return true
      if (others.length > 0) return keepEach(ctx, outcomes, to)
      const { reader, next } = first.place
      fail(
        ctx,
        first.place,
        new Error(`The reader ${reader.name} stands at position ${next} of the log.`, { cause: error }),
      )
      return true
    }
  }

  /** Whatever is in the way of one of them is not in the way of the others. */
  async function keepEach(ctx: Context, outcomes: readonly Outcome[], to: number): Promise<boolean> {
    let isOurs = true
    for (const outcome of outcomes) isOurs = (await keep(ctx, [outcome], to)) && isOurs
    return isOurs
  }

  /** True when there is more for them. */
  async function advance(ctx: Context, from: number, group: readonly Place[]): Promise<boolean> {
    const events = (await listSealed(ctx.db, from, batch)).filter(isSealed)
    const to = (events.at(-1)?.position ?? from - 1) + 1
    const outcomes =
      events.length > 0
        ? (await Promise.all(group.map((place) => read(ctx, place, events)))).flat()
        : group.map((place) => ({ place, writes: [] }))
    if (outcomes.some(({ writes }) => writes.length > 0) || outcomes.some(({ place }) => isLate(place, to, ctx))) {
      if (await keep(ctx, outcomes, to)) return events.length === batch
      places = undefined
      return true
    }
    for (const { place } of outcomes) {
      place.next = to
      place.failures = 0
    }
    return events.length === batch
  }

  return {
    name,
    everyMs: paceMs ?? 500,
    restMs: paceMs ?? 50,
    wokenBy: ({ guardName }) => guardName === sealGuard,
    async run(ctx) {
      places ??= await findPlaces(ctx, readers)
      const nowMs = ctx.now.getTime()
      const due = places.filter(({ againMs }) => againMs <= nowMs || againMs > nowMs + longestWaitMs)
      let hasMore = false
      // Those that have fallen behind, or begin with the oldest, go by themselves until they are where the others are.
      for (const [from, group] of Map.groupBy(due, ({ next }) => next)) {
        hasMore = (await advance(ctx, from, group)) || hasMore
      }
      return hasMore ? 'again' : 'done'
    },
  }
}

function moveOn(place: Place, to: number, { now }: Context): void {
  place.kept = to
  place.keptMs = now.getTime()
  place.next = to
  place.failures = 0
}

function isLate({ reader, kept, keptMs }: Place, to: number, { now }: Context): boolean {
  if (to === kept) return false
  return reader.sends === true || to - kept >= farAtMost || Math.abs(now.getTime() - keptMs) >= keptEveryMs
}

/**
 * From now on no event goes past a reader: those that the database does not know begin here, and not at their first
 * pass, which would be beside the first requests.
 */
export async function settleReaders(ctx: Context, readers: readonly LogReader[]): Promise<void> {
  await findPlaces(ctx, readers)
}

/** Where the readers are; those that the database does not know begin now. */
async function findPlaces(ctx: Context, readers: readonly LogReader[]): Promise<readonly Place[]> {
  const known = await listCursors(ctx.db)
  const size = (await findNewestSeal(ctx.db))?.size ?? 0
  for (const { name, begins } of readers) {
    if (known.has(name)) continue
    const position = begins === 'now' ? size : 0
    const { done } = await commit(ctx, [insertCursor({ reader: name, position })])
    if (!done) return findPlaces(ctx, readers)
    known.set(name, position)
  }
  return readers.map((reader) => {
    const kept = known.get(reader.name) ?? 0
    return { reader, kept, keptMs: ctx.now.getTime(), next: kept, failures: 0, againMs: 0 }
  })
}
