import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { ClientId, SecretId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { checkRank } from './check-rank.ts'
import { advanceClient, deleteSecret, setSecretEnd } from './client.store.ts'
import type { ClientTools } from './client-tools.ts'
import { getClientRow, listLiveSecrets } from './get-client.ts'

interface Input {
  readonly id: ClientId
  readonly secret_id: SecretId
}

/**
 * Ends a secret at once. A client that may call keeps one: without the newer of two, the rotation is taken back and the
 * older one has no end any more. Not by the client itself once the newer one is in use: whoever has stolen the older one
 * would keep it for good.
 */
export function revokeSecret({ forget }: Pick<ClientTools, 'forget'>) {
  return async (ctx: Context, input: Input): Promise<Record<string, never>> => {
    const client = await getClientRow(ctx, input.id)
    checkRank(ctx, client)
    const live = await listLiveSecrets(ctx, client.id)
    const revoked = live.find(({ id }) => id === input.secret_id)
    if (!revoked) throw new Fault('not_found')
    const [other] = live.filter((secret) => secret !== revoked)
    if (!other && client.disabled_at === null) throw new Fault('secret_is_last')
    const takesBack = other && other.expires_at !== null
    const isSelf = ctx.actor.kind === 'client' && ctx.actor.client.id === client.id
    if (takesBack && isSelf && revoked.last_used_at !== null) throw new Fault('secret_in_use')
    const committed = await commit(ctx, [
      advanceClient(client),
      deleteSecret(revoked),
      ...(takesBack ? [setSecretEnd({ ...other, expires_at: null })] : []),
      record(ctx, {
        type: 'client.secret_revoked',
        data: { client_id: client.id, slug: client.slug, secret_id: revoked.id },
      }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    forget(client.slug)
    return {}
  }
}
