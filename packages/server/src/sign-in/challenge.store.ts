import type { ChallengeId, ClientId, TenantId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** A challenge as stored. */
export type ChallengeRow = Schema['challenge']

const challengeById = query((db, p: { id: ChallengeId; tenant_id: TenantId }) =>
  db.selectFrom('challenge').selectAll().where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

/** The challenge with this id in this tenant, open or not. */
export function findChallenge(db: Reader, tenantId: TenantId, id: ChallengeId): Promise<ChallengeRow | undefined> {
  return db.first(challengeById, { id, tenant_id: tenantId })
}

/** Whether this client may answer it now. */
export function isOpenTo(
  challenge: ChallengeRow | undefined,
  client: { readonly id: ClientId },
  now: Date,
): challenge is ChallengeRow {
  return challenge?.client_id === client.id && challenge.spent_at === null && challenge.expires_at > now.getTime()
}

export const insertChallenge = write<ChallengeRow>('exactlyOne', 'challenge', (db, row) =>
  db.insertInto('challenge').values({
    id: row.id,
    tenant_id: row.tenant_id,
    client_id: row.client_id,
    user_id: row.user_id,
    purpose: row.purpose,
    action: row.action,
    session_id: row.session_id,
    factor_types: row.factor_types,
    user_version: row.user_version,
    factors_version: row.factors_version,
    amr: row.amr,
    created_at: row.created_at,
    expires_at: row.expires_at,
    spent_at: row.spent_at,
    approved_by: row.approved_by,
    answered_by: row.answered_by,
    grant_hash: row.grant_hash,
    grant_steady_at: row.grant_steady_at,
    grant_spent_at: row.grant_spent_at,
  }),
)

/** A challenge is answered once. Fails as `challenge spent`. */
export const spendChallenge = write<Pick<ChallengeRow, 'id' | 'spent_at' | 'answered_by'>>(
  'exactlyOne',
  'challenge spent',
  (db, p) =>
    db
      .updateTable('challenge')
      .set({ spent_at: p.spent_at, answered_by: p.answered_by })
      .where('id', '=', p.id)
      .where('spent_at', 'is', null),
)

/** Leaves one alone that is over already. */
export const endOpenChallenge = write<{ id: ChallengeId; spent_at: number }>('anyNumber', 'challenge', (db, p) =>
  db.updateTable('challenge').set({ spent_at: p.spent_at }).where('id', '=', p.id).where('spent_at', 'is', null),
)

/** Somebody has said yes on a device: whoever made the challenge may claim it. Fails as `challenge spent`. */
export const approveChallenge = write<Pick<ChallengeRow, 'id' | 'approved_by'>>(
  'exactlyOne',
  'challenge spent',
  (db, p) =>
    db
      .updateTable('challenge')
      .set({ approved_by: p.approved_by })
      .where('id', '=', p.id)
      .where('spent_at', 'is', null)
      .where('approved_by', 'is', null),
)

/** A step-up that is answered is granted, in the same commit. */
export const giveGrant = write<{ id: ChallengeId; grant_hash: Uint8Array; grant_steady_at: number }>(
  'exactlyOne',
  'grant given',
  (db, p) =>
    db
      .updateTable('challenge')
      .set({ grant_hash: p.grant_hash, grant_steady_at: p.grant_steady_at })
      .where('id', '=', p.id)
      .where('grant_hash', 'is', null),
)

const challengeByGrant = query((db, p: { grant_hash: Uint8Array; tenant_id: TenantId }) =>
  db.selectFrom('challenge').selectAll().where('grant_hash', '=', p.grant_hash).where('tenant_id', '=', p.tenant_id),
)

/** The challenge that gave this grant, spent or not. */
export function findGrant(db: Reader, tenantId: TenantId, grantHash: Uint8Array): Promise<ChallengeRow | undefined> {
  return db.first(challengeByGrant, { grant_hash: grantHash, tenant_id: tenantId })
}

/** A grant is good once. Fails as `grant spent`. */
export const spendGrant = write<{ id: ChallengeId; grant_spent_at: number }>('exactlyOne', 'grant spent', (db, p) =>
  db
    .updateTable('challenge')
    .set({ grant_spent_at: p.grant_spent_at })
    .where('id', '=', p.id)
    .where('grant_spent_at', 'is', null),
)

/** Those that have had their time. */
export const oldChallenges = oldRows('challenge', 'id', 'expires_at')
