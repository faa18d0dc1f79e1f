import type { createClient as Contract } from '@gatehouse/contract/client-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { checkEntries } from './allow-list.ts'
import { checkGrant } from './check-rank.ts'
import { getTenantMode } from './client.store.ts'
import type { ClientTools } from './client-tools.ts'
import { insertNewClient } from './create-client.ts'
import { getClient, listLiveSecrets } from './get-client.ts'
import { showSecret } from './secret-age.ts'

/** A new client in the tenant of the caller, which can do at most what the caller can. */
export function registerClient({ keys, policy, forget }: ClientTools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { slug, name = slug, allow, scopes, schemes, numeric_sub, local_verification, limits } = input
    const { public_keys: publicKeys, redirect_uris: redirectUris } = input
    checkGrant(ctx, scopes)
    checkEntries(allow)
    const mode = await getTenantMode(ctx.db, ctx.tenantId)
    const flags = { numericSub: numeric_sub, localVerification: local_verification }
    const wanted = { slug, name, allow, scopes, schemes, publicKeys, redirectUris, ...flags, limits }
    const made = await insertNewClient(ctx, keys, mode, wanted)
    if (made === 'slug_taken') throw new Fault('client_slug_taken')
    // Its absence may be remembered.
    forget(slug)
    const [secret] = await listLiveSecrets(ctx, made.id)
    if (!secret) throw new Fault('version_conflict')
    return {
      client: await getClient(ctx, made),
      secret: { ...showSecret(secret, ctx.now, policy), value: made.secret },
    }
  }
}
