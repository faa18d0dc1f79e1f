import { z } from 'zod'
import { dayMs, hourMs } from '../kernel/durations.ts'

const Spot = z.strictObject({ latitude: z.number(), longitude: z.number(), reachKm: z.number() })
/** Where somebody was, and how far from there at most. */
export type Spot = z.infer<typeof Spot>

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
})
export type Past = z.infer<typeof Past>

export const noPast: Past = { signIns: 0, devices: [], countries: [], last: null, hours: Array(24).fill(0) }

/** What a sign-in teaches about its user. */
export interface Lesson {
  readonly at: number
  readonly deviceMark: string
  readonly country: string | null
  readonly spot: Spot | null
}

/** Something is familiar for so long after it was seen last. */
export const familiarMs = 90 * dayMs
const devicesAtMost = 20
const countriesAtMost = 10
/** Old habits fade: past this the hours are halved. */
const hoursAtMost = 400

/** The past with one more sign-in in it, which its user has finished. */
export function learn(past: Past, { at, deviceMark, country, spot }: Lesson): Past {
  const hours = past.hours.map((times, hour) => times + (hour === hourOf(at) ? 1 : 0))
  const isFull = hours.reduce((sum, times) => sum + times, 0) > hoursAtMost
  return {
    signIns: past.signIns + 1,
    devices: see(past.devices, deviceMark, at, devicesAtMost),
    countries: country === null ? past.countries : see(past.countries, country, at, countriesAtMost),
    // Without a place there is nothing to measure a way from: the place before it stands.
    last: spot || !past.last ? { at, spot } : past.last,
    hours: isFull ? hours.map((times) => Math.floor(times / 2)) : hours,
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
