import type { Write } from '../storage/write.ts'
import { attemptEnded } from './delivery.store.ts'

/** How an attempt at a delivery ended, if that is what was committed. */
export function outcomeOfAttempt({ guardName, values }: Write): 'delivered' | 'retried' | 'failed' | undefined {
  if (guardName !== attemptEnded) return undefined
  const { delivered_at, next_attempt_at } = values as { delivered_at: number | null; next_attempt_at: number | null }
  if (delivered_at !== null) return 'delivered'
  return next_attempt_at === null ? 'failed' : 'retried'
}
