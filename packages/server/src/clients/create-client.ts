import type { Scope } from '@gatehouse/contract/operation'
import type { PublicKey } from '@gatehouse/contract/public-key'
import type { ClientScheme } from '@gatehouse/contract/signature-scheme'
import { type Context, commit } from '../context.ts'
import { type ClientId, newId } from '../kernel/ids.ts'
import { consoleSlug, systemTenantId } from '../kernel/tenants.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { findTenantRow, insertClient, insertSecret } from './client.store.ts'
import type { RateLimits } from './client.ts'
import { issueSecret } from './issue-secret.ts'

/** What a new client application is to be. `allow` is sound already (`findEntryProblem`). */
export interface NewClient {
  /** `default` or `default-test`; the client's users and secrets are of its tenant's mode. */
  readonly tenant: string
  readonly slug: string
  readonly name: string
  readonly allow: readonly string[]
  readonly scopes: readonly Scope[]
  readonly schemes: readonly ClientScheme[]
  readonly publicKeys?: readonly PublicKey[]
  readonly redirectUris?: readonly string[]
  readonly numericSub: boolean
  readonly localVerification?: boolean
  readonly limits: RateLimits
}

/** A client just made. The secret is shown this once. */
export interface CreatedClient {
  readonly id: ClientId
  readonly secret: string
}

/** Makes a client of the tenant that it names and its first secret, or names what stands against it. */
export async function createClient(
  by: Context,
  keys: Keyring,
  client: NewClient,
): Promise<CreatedClient | 'unknown_tenant' | 'slug_taken'> {
  const tenant = await findTenantRow(by.db, client.tenant)
  // Administrators have no applications.
  if (!tenant || tenant.id === systemTenantId) return 'unknown_tenant'
  return insertNewClient({ ...by, tenantId: tenant.id }, keys, tenant.mode, client)
}

/** The same in the tenant of the context, whose mode is `mode`. */
export async function insertNewClient(
  ctx: Context,
  keys: Keyring,
  mode: 'live' | 'test',
  client: Omit<NewClient, 'tenant'>,
): Promise<CreatedClient | 'slug_taken'> {
  if (client.slug === consoleSlug) return 'slug_taken'
  const tenant_id = ctx.tenantId
  const id = newId('cli', ctx)
  const secret = issueSecret(ctx, keys, mode, id)
  const committed = await commit(ctx, [
    insertClient({
      id,
      tenant_id,
      slug: client.slug,
      name: client.name,
      allow_list: JSON.stringify(client.allow),
      scopes: JSON.stringify(client.scopes),
      schemes: JSON.stringify(client.schemes),
      public_keys: JSON.stringify(client.publicKeys ?? []),
      redirect_uris: JSON.stringify(client.redirectUris ?? []),
      numeric_sub: client.numericSub ? 1 : 0,
      local_verification: client.localVerification ? 1 : 0,
      token_key_number: 0,
      limits: JSON.stringify(client.limits),
      created_at: ctx.now.getTime(),
      disabled_at: null,
      version: 1,
    }),
    insertSecret(secret.row),
    record(ctx, { type: 'client.created', data: { client_id: id, slug: client.slug } }),
  ])
  return committed.done ? { id, secret: secret.value } : 'slug_taken'
}
