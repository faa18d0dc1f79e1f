import type { ClientSecret } from '@gatehouse/contract/resources'
import { dayMs, secondMs } from '../kernel/durations.ts'
import type { Schema } from '../storage/schema.ts'

/** The numbers of the policy that the age of a secret is judged by. */
export interface AgeLimits {
  readonly secretAgeDays: number
  readonly secretOverlapSeconds: number
}

type Row = Schema['client_secret']

/** Due when it should be rotated, overdue when a rotation begun then would be over. One that ends anyhow is neither. */
export function ageOfSecret(
  row: Pick<Row, 'created_at' | 'expires_at'>,
  now: Date,
  limits: AgeLimits,
): ClientSecret['age'] {
  const dueAt = row.created_at + limits.secretAgeDays * dayMs
  if (row.expires_at !== null || now.getTime() < dueAt) return 'fresh'
  return now.getTime() < dueAt + limits.secretOverlapSeconds * secondMs ? 'due' : 'overdue'
}

/** A secret as the API shows it, without the secret. */
export function showSecret(row: Row, now: Date, limits: AgeLimits): ClientSecret {
  return {
    id: row.id,
    last_four: row.last_four,
    created_at: new Date(row.created_at).toISOString(),
    expires_at: timeOrNull(row.expires_at),
    last_used_at: timeOrNull(row.last_used_at),
    age: ageOfSecret(row, now, limits),
  }
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
