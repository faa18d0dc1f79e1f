/** Unix seconds as X-Timestamp has them: digits, no sign, no zero in front. */
export const timestampForm = /^[1-9][0-9]{0,11}$/

export function isWithinSkew(now: Date, seconds: number, skewSeconds: number): boolean {
  return Math.abs(now.getTime() / 1000 - seconds) <= skewSeconds
}
