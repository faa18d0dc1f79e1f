import { z } from 'zod'
import { dayMs, hourMs } from '../kernel/durations.ts'
import { leastDistanceKm, Spot } from './distance.ts'

const SeenAt = z.strictObject({ mark: z.string(), at: z.int() })

/** What is remembered of the successful sign-ins of one user: enough to know what is usual, no more. */
export const Past = z.strictObject({
  signIns: z.int(),
  /** Kinds of devices, the one used last at the end. */
  devices: z.array(SeenAt),
  countries: z.array(SeenAt),
  last: z.strictObject({ at: z.int(), spot: Spot.nullable() }).nullable(),
  /** How often at each hour of the day, UTC. */
  hours: z.array(z.int()).length(24),
  /** Two countries in which they seem to be at once, as somebody does who uses a tunnel or lives at a border. */
  pairs: z.array(SeenAt).default([]),
  /** Sign-ins that are no habit yet: the second of a night would find the hour of the first usual. */
  lately: z.array(z.int()).default([]),
})
export type Past = z.infer<typeof Past>

export const noPast: Past = {
  signIns: 0,
  devices: [],
  countries: [],
  last: null,
  hours: Array(24).fill(0),
  pairs: [],
  lately: [],
}

/** What a sign-in teaches about its user. */
export interface Lesson {
  readonly at: number
  readonly deviceMark: string
  readonly country: string | null
  readonly spot: Spot | null
  /** Countries in which sessions of the same user are in use. */
  readonly sessionCountries: readonly string[]
}

/** Something is familiar for so long after it was seen last. */
export const familiarMs = 90 * dayMs
const devicesAtMost = 20
const countriesAtMost = 10
const pairsAtMost = 5
/** Faster than any airliner. */
const kmPerHour = 1000
/** Databases of places are not exact: what is nearer than this is no travel. */
const nearKm = 300
/** A sign-in becomes part of the habits this long after it. */
const habitAfterMs = 12 * hourMs
/** Whoever signs in more often than this within that time has habits all the same. */
const latelyAtMost = 50
/** Old habits fade: past this the hours are halved. */
const hoursAtMost = 400

/** The past with one more sign-in in it, which its user has finished. */
export function learn(past: Past, lesson: Lesson): Past {
  const { at, deviceMark, country, spot, sessionCountries } = lesson
  const from = past.countries.at(-1)?.mark
  const jumpedFrom = from !== undefined && isJump(past, lesson) ? [from] : []
  const pairs = [...jumpedFrom, ...sessionCountries].flatMap((other) =>
    country === null || country === other ? [] : [pairOf(country, other)],
  )
  const { hours, lately } = settle({ ...past, lately: [...past.lately, at] }, at)
  const isFull = hours.reduce((sum, times) => sum + times, 0) > hoursAtMost
  return {
    signIns: past.signIns + 1,
    devices: see(past.devices, deviceMark, at, devicesAtMost),
    countries: country === null ? past.countries : see(past.countries, country, at, countriesAtMost),
    // Without a place there is nothing to measure a way from: the place before it stands.
    last: spot || !past.last ? { at, spot } : past.last,
    hours: isFull ? hours.map((times) => Math.floor(times / 2)) : hours,
    pairs: pairs.reduce((seen, pair) => see(seen, pair, at, pairsAtMost), past.pairs),
    lately,
  }
}

/** Whether nobody can have come here from the place before, by then. */
export function isJump({ last }: Past, { spot, at }: Pick<Lesson, 'spot' | 'at'>): boolean {
  if (!spot || !last?.spot) return false
  const km = leastDistanceKm(last.spot, spot)
  return km > nearKm && km / kmPerHour > Math.max(0, at - last.at) / hourMs
}

/** Whether a user who has come in so before is known to be in both countries at once. */
export function isKnownPair({ pairs }: Past, one: string | null, other: string | undefined, at: number): boolean {
  return one !== null && other !== undefined && isFamiliar(pairs, pairOf(one, other), at)
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}

/** The habits as they are at some time, and what is none yet. */
export function settle({ hours, lately }: Pick<Past, 'hours' | 'lately'>, at: number): Pick<Past, 'hours' | 'lately'> {
  const isHabit = (each: number, index: number) => at - each >= habitAfterMs || index < lately.length - latelyAtMost
  const settled = lately.filter(isHabit).map(hourOf)
  return {
    hours: hours.map((times, hour) => times + settled.filter((each) => each === hour).length),
    lately: lately.filter((each, index) => !isHabit(each, index)),
  }
}

/** The hour of the day, UTC. */
export function hourOf(at: number): number {
  return Math.floor((at % dayMs) / hourMs)
}

/** Whether it was seen within the time that makes a thing familiar. */
export function isFamiliar(seen: Past['devices'], mark: string, at: number): boolean {
  return seen.some((each) => each.mark === mark && at - each.at < familiarMs)
}

function see(seen: Past['devices'], mark: string, at: number, atMost: number): Past['devices'] {
  return [...seen.filter((each) => each.mark !== mark && at - each.at < familiarMs), { mark, at }].slice(-atMost)
}
