import type { ClientId, SessionId, TenantId, UserId } from '../kernel/ids.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** A session that is over. */
export interface Ending {
  readonly id: SessionId
  readonly client_id: ClientId
  readonly ended_at: number
}

interface Since {
  readonly ended_at: number
  /** Of those that ended at `ended_at`, only what stands behind this one. */
  readonly id: string
  readonly limit: number
}

const endingsSince = query((db, p: Since) =>
  db
    .selectFrom(
      db
        .selectFrom('session')
        .select(['id', 'client_id', (eb) => eb.ref('ended_at').$notNull().as('ended_at')])
        .where('ended_at', 'is not', null)
        .where('ended_at', '>=', p.ended_at)
        .unionAll(
          db.selectFrom('erased_session').select(['id', 'client_id', 'ended_at']).where('ended_at', '>=', p.ended_at),
        )
        .as('ending'),
    )
    .selectAll()
    .where((eb) =>
      eb.or([eb('ended_at', '>', p.ended_at), eb('ended_at', '=', p.ended_at).and('id', '>', p.id as SessionId)]),
    )
    .orderBy('ended_at')
    .orderBy('id')
    .limit(p.limit),
)

/** What ended at or after a time, of all clients, the oldest first. */
export function listEndings(db: Reader, p: Since): Promise<readonly Ending[]> {
  return db.list(endingsSince, p)
}

const endingsOfClient = query((db, p: Since & { client_id: ClientId }) =>
  db
    .selectFrom(
      db
        .selectFrom('session')
        .select(['id', 'client_id', (eb) => eb.ref('ended_at').$notNull().as('ended_at')])
        .where('client_id', '=', p.client_id)
        .where('ended_at', 'is not', null)
        .where('ended_at', '>=', p.ended_at)
        .unionAll(
          db
            .selectFrom('erased_session')
            .select(['id', 'client_id', 'ended_at'])
            .where('client_id', '=', p.client_id)
            .where('ended_at', '>=', p.ended_at),
        )
        .as('ending'),
    )
    .selectAll()
    .where((eb) =>
      eb.or([eb('ended_at', '>', p.ended_at), eb('ended_at', '=', p.ended_at).and('id', '>', p.id as SessionId)]),
    )
    .orderBy('ended_at')
    .orderBy('id')
    .limit(p.limit),
)

/** The same of one client. */
export function listEndingsOfClient(
  db: Reader,
  p: Since & { readonly client_id: ClientId },
): Promise<readonly Ending[]> {
  return db.list(endingsOfClient, p)
}

/** Before the sessions of a user are deleted: whoever verifies tokens by itself must hear that they are over. */
export const keepEndings = write<{ user_id: UserId; tenant_id: TenantId; ended_at: number }>(
  'anyNumber',
  'endings',
  (db, p) =>
    db
      .insertInto('erased_session')
      .columns(['id', 'client_id', 'ended_at'])
      .expression(
        db
          .selectFrom('session')
          .select((eb) => ['id' as const, 'client_id' as const, eb.val(p.ended_at).as('ended_at')])
          .where('user_id', '=', p.user_id)
          .where('tenant_id', '=', p.tenant_id),
      ),
)

const pastEnding = query((db, p: { before: number }) =>
  db.selectFrom('erased_session').select('id').where('ended_at', '<=', p.before).limit(1),
)

/** Whether `deletePastEndings` has anything to do. */
export async function hasPastEndings(db: Reader, before: number): Promise<boolean> {
  return (await db.first(pastEnding, { before })) !== undefined
}

/** `rows` that ended by `before`. */
export const deletePastEndings = write<{ before: number; rows: number }>('anyNumber', 'endings', (db, p) =>
  db
    .deleteFrom('erased_session')
    .where('id', 'in', (from) =>
      from.selectFrom('erased_session').select('id').where('ended_at', '<=', p.before).limit(p.rows),
    ),
)
