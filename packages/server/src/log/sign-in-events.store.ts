import type { EventType } from '@gatehouse/contract/events'
import type { TenantId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { query } from '../storage/write.ts'

const signInTypes = [
  'login.succeeded',
  'login.failed',
  'factor.rejected',
  'factor.verified',
  'recovery_code.used',
  'session.ended',
  'session.revoked',
  'token.refreshed',
] as const satisfies readonly EventType[]

interface Page {
  readonly tenant_id: TenantId
  /** Epoch milliseconds. */
  readonly since: number
  /** The `seq` of the last one of the page before. */
  readonly after: number
  readonly limit: number
}

const signInEvents = query((db, p: Page) =>
  db
    .selectFrom('event')
    .select(['seq', 'id', 'type', 'at', 'user_id', 'session_id', 'ip_address', 'user_agent', 'geo_location', 'data'])
    .where('tenant_id', '=', p.tenant_id)
    .where('seq', '>', p.after)
    .where('at', '>=', p.since)
    .where('type', 'in', signInTypes)
    .orderBy('seq')
    .limit(p.limit),
)

/** What the record has of a sign-in, and of what is compared with it. */
export type SignInEvent = Awaited<ReturnType<typeof listSignInEvents>>[number]

/** A page of these events, the oldest first. */
export function listSignInEvents(db: Reader, page: Page) {
  return db.list(signInEvents, page)
}
