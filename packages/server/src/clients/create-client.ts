import type { Scope } from '@gatehouse/contract/operation'
import type { SignatureScheme } from '@gatehouse/contract/signature-scheme'
import { type Context, commit } from '../context.ts'
import { clientSecret } from '../crypto/random-token.ts'
import { type ClientId, newId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { findTenantRow, insertClient, insertSecret } from './client.store.ts'
import type { RateLimits } from './client.ts'
import { homeOfSecret } from './home-of-secret.ts'

/** What a new client application is to be. `allow` is sound already (`findEntryProblem`). */
export interface NewClient {
  /** `default` or `default-test`; the client's users and secrets are of its tenant's mode. */
  readonly tenant: string
  readonly slug: string
  readonly name: string
  readonly allow: readonly string[]
  readonly scopes: readonly Scope[]
  readonly schemes: readonly SignatureScheme[]
  readonly numericSub: boolean
  readonly limits: RateLimits
}

/** A client just made. The secret is shown this once. */
export interface CreatedClient {
  readonly id: ClientId
  readonly secret: string
}

/** Makes a client and its first secret, or names what stands against it. */
export async function createClient(
  by: Context,
  keys: Keyring,
  client: NewClient,
): Promise<CreatedClient | 'unknown_tenant' | 'slug_taken'> {
  const tenant = await findTenantRow(by.db, client.tenant)
  if (!tenant) return 'unknown_tenant'
  const ctx = { ...by, tenantId: tenant.id }
  const id = newId('cli', ctx)
  const secret = clientSecret(tenant.mode, ctx)
  const secretId = newId('sec', ctx)
  const tenant_id = ctx.tenantId
  const created_at = ctx.now.getTime()
  const committed = await commit(ctx, [
    insertClient({
      id,
      tenant_id,
      slug: client.slug,
      name: client.name,
      allow_list: JSON.stringify(client.allow),
      scopes: JSON.stringify(client.scopes),
      schemes: JSON.stringify(client.schemes),
      numeric_sub: client.numericSub ? 1 : 0,
      limits: JSON.stringify(client.limits),
      created_at,
      disabled_at: null,
      version: 1,
    }),
    insertSecret({
      id: secretId,
      tenant_id,
      client_id: id,
      sealed: keys.seal(secret, homeOfSecret({ id: secretId, tenant_id }), ctx),
      last_four: secret.slice(-4),
      created_at,
      expires_at: null,
      last_used_at: null,
    }),
    record(ctx, { type: 'client.created', data: { client_id: id, slug: client.slug } }),
  ])
  return committed.done ? { id, secret } : 'slug_taken'
}
