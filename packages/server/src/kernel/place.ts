/** Where an address is, as far as a database of addresses says. It may be wrong, and proves nothing by itself. */
export interface Place {
  /** ISO 3166-1, two letters. */
  readonly country: string
  readonly city: string | null
  /** Where it is, and how far from there at most; null where only the country is known. */
  readonly spot: { readonly latitude: number; readonly longitude: number; readonly reachKm: number } | null
}

/** Undefined when nothing is known: unknown stays unknown. */
export type FindPlace = (ipAddress: string | null) => Place | undefined

/** The place in the form of the record: `DE`, or `DE, Berlin`. */
export function nameOfPlace(place: Place | undefined): string | null {
  if (!place) return null
  return place.city === null ? place.country : `${place.country}, ${place.city}`
}
