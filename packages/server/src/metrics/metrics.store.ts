import type { TenantId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { query } from '../storage/write.ts'

const tenants = query((db) => db.selectFrom('tenant').select(['id', 'slug']))

export async function listTenantSlugs(db: Reader): Promise<ReadonlyMap<TenantId, string>> {
  return new Map((await db.list(tenants, {})).map(({ id, slug }) => [id, slug]))
}

const liveSessions = query((db, p: { now: number }) =>
  db
    .selectFrom('session')
    .select((eb) => eb.fn.countAll<number | string>().as('sessions'))
    .where('expires_at', '>', p.now)
    .where('ended_at', 'is', null),
)

export async function countLiveSessions(db: Reader, now: number): Promise<number> {
  return Number((await db.first(liveSessions, { now }))?.sessions ?? 0)
}

const oldestPending = query((db) =>
  db
    .selectFrom('webhook_delivery')
    .select((eb) => eb.fn.min('queued_at').as('at'))
    .where('next_attempt_at', 'is not', null),
)

/** When the delivery that waits longest began to wait; undefined when none waits. */
export async function findOldestPending(db: Reader): Promise<number | undefined> {
  const at = (await db.first(oldestPending, {}))?.at
  return at == null ? undefined : Number(at)
}

const keysInUse = query((db) => db.selectFrom('key').select(['purpose', 'created_at']).where('replaced_at', 'is', null))

export function listKeysInUse(db: Reader) {
  return db.list(keysInUse, {})
}
