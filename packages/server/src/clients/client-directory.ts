import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import { type Leases, leases } from '../kernel/leases.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { allowList } from './allow-list.ts'
import { findClientRow, getTenantMode, listSecretRows } from './client.store.ts'
import type { Client } from './client.ts'
import { homeOfSecret } from './home-of-secret.ts'
import { readStoredLists } from './stored-client.ts'

/** Clients by slug, in memory, never more than half a second behind the database. Bounded, also for names that do not exist. */
export function clientDirectory(db: Reader, keys: Keyring): Leases<Client> {
  async function load(slug: string): Promise<Client | undefined> {
    const row = await findClientRow(db, slug)
    if (!row) return undefined
    const secrets = await listSecretRows(db, row.id)
    const isTest = (await getTenantMode(db, row.tenant_id)) === 'test'
    return openClient(row, { isTest, secrets, keys })
  }
  return leases(load, { forMs: 500, size: 10_000 })
}

interface About {
  readonly isTest: boolean
  readonly secrets: readonly Schema['client_secret'][]
  readonly keys: Keyring
}

function openClient(row: Schema['client'], { isTest, secrets, keys }: About): Client {
  const lists = readStoredLists(row)
  return {
    id: row.id,
    tenantId: row.tenant_id,
    isTest,
    slug: row.slug,
    name: row.name,
    allowList: allowList(lists.allow),
    scopes: new Set(lists.scopes),
    schemes: new Set(lists.schemes),
    publicKeys: lists.publicKeys,
    redirectUris: lists.redirectUris,
    numericSub: row.numeric_sub === 1,
    localVerification: row.local_verification === 1,
    tokenKeyNumber: row.token_key_number,
    limits: lists.limits,
    secrets: secrets.map((secret) => ({
      id: secret.id,
      mac: hmacSha256(keys.open(secret.sealed, homeOfSecret(secret))),
      expiresAt: secret.expires_at,
      lastUsedAt: secret.last_used_at,
    })),
  }
}
