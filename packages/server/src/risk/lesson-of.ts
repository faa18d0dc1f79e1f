import type { Place } from '../kernel/place.ts'
import { nameAgent } from '../messages/templates/words.ts'
import { findRegion } from '../places/country-map.ts'
import type { Lesson } from './past.ts'

/** Where somebody is and with what, as far as a sign-in is compared with others: coarse on purpose. */
export function lessonOf(
  at: number,
  userAgent: string | null,
  place: Place | undefined,
): Omit<Lesson, 'sessionCountries'> {
  return {
    at,
    // Program and system without their versions, which change by themselves.
    deviceMark: nameAgent(userAgent ?? '', 'en'),
    country: place?.country ?? null,
    spot: place ? (place.spot ?? findRegion(place.country) ?? null) : null,
  }
}
