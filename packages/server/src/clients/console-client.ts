import type { Context } from '../context.ts'
import { consoleClientId, consoleSlug, systemTenantId } from '../kernel/tenants.ts'
import type { Write } from '../storage/write.ts'
import { findClientPlace, insertClient } from './client.store.ts'

/**
 * What administrators sign in to, made with the first of them. It has no secret and no scheme, so that nothing can be signed
 * as it; its list is that of the addresses which administrators come from. Fails as `client exists`: do it again.
 */
export async function makeConsole(ctx: Context): Promise<readonly Write[]> {
  if (await findClientPlace(ctx.db, consoleSlug)) return []
  const client = insertClient({
    id: consoleClientId,
    tenant_id: systemTenantId,
    slug: consoleSlug,
    name: 'Gatehouse',
    allow_list: '["any"]',
    scopes: '[]',
    schemes: '[]',
    public_keys: '[]',
    redirect_uris: '[]',
    numeric_sub: 0,
    local_verification: 0,
    token_key_number: 0,
    limits: '{}',
    created_at: ctx.now.getTime(),
    disabled_at: null,
    version: 1,
  })
  return [client]
}
