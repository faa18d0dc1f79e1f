import type { Reader } from '../storage/storage.ts'
import { query } from '../storage/write.ts'

const secretsOfClients = query((db) =>
  db
    .selectFrom('client_secret as secret')
    .innerJoin('client', 'client.id', 'secret.client_id')
    .select(['client.slug', 'secret.created_at', 'secret.expires_at'])
    .where('client.disabled_at', 'is', null)
    .orderBy('client.slug'),
)

/** The secrets of every client that may call, of all tenants. */
export function listSecretsInUse(db: Reader) {
  return db.list(secretsOfClients, {})
}

const allowLists = query((db) =>
  db.selectFrom('client').select(['slug', 'allow_list']).where('disabled_at', 'is', null).orderBy('slug'),
)

export function listAllowLists(db: Reader) {
  return db.list(allowLists, {})
}

const keysWithoutContent = query((db) =>
  db.selectFrom('key').select(['id', 'purpose', 'wrapped_by', 'created_at', 'replaced_at']).orderBy('id'),
)

/** Every key that was ever made, without the key. */
export function listKeyFacts(db: Reader) {
  return db.list(keysWithoutContent, {})
}

const newestRotation = query((db) =>
  db
    .selectFrom('event')
    .select('at')
    .where('type', '=', 'key.rotated')
    .where('data', 'like', '%"purpose":"key_encryption"%')
    .orderBy('seq', 'desc')
    .limit(1),
)

/** When the key-encryption key was rotated, as far as the record goes back. */
export async function findKeyRotation(db: Reader): Promise<number | undefined> {
  return (await db.first(newestRotation, {}))?.at
}

const adminsAtMost = 20

const adminsWithoutFactor = query((db) =>
  db
    .selectFrom('user')
    .innerJoin('tenant', 'tenant.id', 'user.tenant_id')
    .select(['user.id', 'user.email'])
    .where('tenant.mode', '=', 'live')
    .where(({ eb, or }) => or([eb('tenant.slug', '=', 'system'), eb('user.role', '=', 'admin')]))
    .where('user.disabled_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('factor')
            .select('factor.id')
            .whereRef('factor.user_id', '=', 'user.id')
            .where('factor.confirmed_at', 'is not', null)
            .where('factor.expires_at', 'is', null)
            .where('factor.type', 'not in', ['recovery_codes', 'access_pass']),
        ),
      ),
    )
    .orderBy('user.number')
    .limit(adminsAtMost),
)

/** Administrators, and people of live tenants with the role `admin`, who have nothing but a password. */
export function listUnguardedAdmins(db: Reader) {
  return db.list(adminsWithoutFactor, {})
}

const newestBackup = query((db) =>
  db.selectFrom('event').select('at').where('type', '=', 'backup.created').orderBy('seq', 'desc').limit(1),
)

export async function findNewestBackup(db: Reader): Promise<number | undefined> {
  return (await db.first(newestBackup, {}))?.at
}

const oldestUnsealed = query((db) =>
  db.selectFrom('event').select('at').where('position', 'is', null).orderBy('seq').limit(1),
)

export async function findOldestUnsealed(db: Reader): Promise<number | undefined> {
  return (await db.first(oldestUnsealed, {}))?.at
}

const failingEndpoints = query((db) =>
  db
    .selectFrom('webhook_endpoint')
    .select('url')
    .where((eb) =>
      eb.or([
        eb('failing_since', 'is not', null).and('disabled_at', 'is', null),
        eb('disabled_reason', 'in', ['gone', 'failing']),
      ]),
    )
    .orderBy('id'),
)

/** Endpoints that take nothing at the moment, and those that were switched off for it. */
export function listFailingEndpoints(db: Reader) {
  return db.list(failingEndpoints, {})
}
