import { z } from 'zod'

/** Where somebody was, and how far from there at most. */
export const Spot = z.strictObject({ latitude: z.number(), longitude: z.number(), reachKm: z.number() })
export type Spot = z.infer<typeof Spot>

const earthKm = 6371

/** The shortest way between any two points of two spots, in kilometres along the ground: never too long. */
export function leastDistanceKm(one: Spot, other: Spot): number {
  return Math.max(0, middleDistanceKm(one, other) - one.reachKm - other.reachKm)
}

/** The haversine formula. */
function middleDistanceKm(one: Spot, other: Spot): number {
  const north = radians(other.latitude - one.latitude)
  const east = radians(other.longitude - one.longitude)
  const shrinks = Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude))
  const half = Math.sin(north / 2) ** 2 + shrinks * Math.sin(east / 2) ** 2
  return 2 * earthKm * Math.asin(Math.sqrt(Math.min(1, half)))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}
