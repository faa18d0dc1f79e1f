import type { TenantId, UserId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const pastOfUser = query((db, p: { user_id: UserId; tenant_id: TenantId }) =>
  db.selectFrom('sign_in_past').select('state').where('user_id', '=', p.user_id).where('tenant_id', '=', p.tenant_id),
)

/** What is remembered of the sign-ins of a user, as JSON. */
export async function findPastText(db: Reader, tenantId: TenantId, userId: UserId): Promise<string | undefined> {
  return (await db.first(pastOfUser, { user_id: userId, tenant_id: tenantId }))?.state
}

/** Of two sign-ins in the same moment one is remembered: what is unusual about either was judged before. */
export const keepPast = write<Schema['sign_in_past']>('exactlyOne', 'past', (db, row) =>
  db
    .insertInto('sign_in_past')
    .values({ user_id: row.user_id, tenant_id: row.tenant_id, state: row.state, learned_at: row.learned_at })
    .onConflict((on) => on.column('user_id').doUpdateSet({ state: row.state, learned_at: row.learned_at })),
)

const pastsAfter = query((db, p: { after: string; limit: number }) =>
  db
    .selectFrom('sign_in_past')
    .select(['user_id', 'learned_at'])
    .where('user_id', '>', p.after as UserId)
    .orderBy('user_id')
    .limit(p.limit),
)

/** When was last learned of users, in the order of their ids. */
export function listPasts(db: Reader, after: string, limit: number) {
  return db.list(pastsAfter, { after, limit })
}

/** Forgets what is usual for a user who has not come since. */
export const deleteOldPast = write<{ user_id: UserId; before: number }>('anyNumber', 'past', (db, p) =>
  db.deleteFrom('sign_in_past').where('user_id', '=', p.user_id).where('learned_at', '<', p.before),
)
