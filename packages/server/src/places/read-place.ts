import { z } from 'zod'
import type { Place } from '../kernel/place.ts'

const latitude = z.number().min(-90).max(90)
const longitude = z.number().min(-180).max(180)
const code = z.string().regex(/^[A-Z]{2}$/)

/** What MaxMind and those who write like them say of an address. */
const Nested = z.object({
  country: z.object({ iso_code: code }),
  city: z.object({ names: z.object({ en: z.string() }) }).optional(),
  location: z.object({ latitude, longitude, accuracy_radius: z.number().nonnegative().optional() }).optional(),
})

/** What ip-location-db and IPinfo say of it. */
const Flat = z
  .object({
    country_code: code.optional(),
    country: code.optional(),
    city: z.string().optional(),
    latitude: z.coerce.number().pipe(latitude).optional(),
    longitude: z.coerce.number().pipe(longitude).optional(),
  })
  .transform(({ country_code, country, ...more }) => ({ ...more, country: country_code ?? country }))

/** How far from the named spot an address may be when nobody says. */
const usualReachKm = 100

/** The place in an entry of an address database; undefined for one that names no country in a form that we know. */
export function readPlace(entry: unknown): Place | undefined {
  // Asked in turn, the wrong form would cost ten times what the right one does: each event has a place.
  if (isNested(entry)) {
    const nested = Nested.safeParse(entry)
    if (!nested.success) return undefined
    const { country, city, location } = nested.data
    const spot = location && {
      latitude: location.latitude,
      longitude: location.longitude,
      reachKm: location.accuracy_radius ?? usualReachKm,
    }
    return { country: country.iso_code, city: nameOf(city?.names.en), spot: spot ?? null }
  }
  const flat = Flat.safeParse(entry)
  if (!flat.success || flat.data.country === undefined) return undefined
  const { country, city, latitude: north, longitude: east } = flat.data
  const spot =
    north === undefined || east === undefined ? null : { latitude: north, longitude: east, reachKm: usualReachKm }
  return { country, city: nameOf(city), spot }
}

function isNested(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'country' in entry && typeof entry.country === 'object'
}

function nameOf(city: string | undefined): string | null {
  return city ? city.slice(0, 80) : null
}
