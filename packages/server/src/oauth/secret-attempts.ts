import { z } from 'zod'

/** What is remembered of the failures of one client from one source. */
export const SecretAttempts = z.strictObject({
  /** In a row. */
  failures: z.int(),
  /** Epoch milliseconds; 0 when there has been no lock. */
  lockedUntil: z.int(),
})
export type SecretAttempts = z.infer<typeof SecretAttempts>

/** Counts an attempt as failed before it is judged; success forgets it all. Undefined while it is locked. */
export function countAttempt(
  before: SecretAttempts | undefined,
  nowMs: number,
  limits: { readonly failures: number; readonly lockMs: number },
): SecretAttempts | undefined {
  if (before && before.lockedUntil > nowMs) return undefined
  const failures = (before && before.lockedUntil === 0 ? before.failures : 0) + 1
  return { failures, lockedUntil: failures >= limits.failures ? nowMs + limits.lockMs : 0 }
}
