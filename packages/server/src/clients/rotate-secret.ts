import type { rotateClientSecret as Contract } from '@gatehouse/contract/client-operations'
import type { Output } from '@gatehouse/contract/operation'
import { type Context, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { ClientId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { checkRank } from './check-rank.ts'
import { advanceClient, deleteEndedSecrets, insertSecret, setSecretEnd } from './client.store.ts'
import type { ClientTools } from './client-tools.ts'
import { getClientRow, listLiveSecrets } from './get-client.ts'
import { issueSecret } from './issue-secret.ts'
import { showSecret } from './secret-age.ts'

interface Input {
  readonly id: ClientId
  readonly overlap_seconds?: number | undefined
}

/**
 * A new secret takes the place of the one without an end, which ends after the overlap. Two are live at most, so that a
 * rotation never cuts off somebody who has not heard of the last one.
 */
export function rotateSecret({ keys, policy, forget }: ClientTools) {
  return async (ctx: Context, input: Input): Promise<Output<typeof Contract>> => {
    const client = await getClientRow(ctx, input.id)
    checkRank(ctx, client)
    const [current, older] = await listLiveSecrets(ctx, client.id)
    if (older) throw new Fault('secret_overlap')
    const overlapSeconds = input.overlap_seconds ?? policy.secretOverlapSeconds
    const nowMs = ctx.now.getTime()
    const next = issueSecret(ctx, keys, client.tenant_mode, client.id)
    const old = current && { ...current, expires_at: nowMs + overlapSeconds * secondMs }
    const about = { client_id: client.id, slug: client.slug, secret_id: next.row.id }
    const committed = await commit(ctx, [
      advanceClient(client),
      deleteEndedSecrets({ client_id: client.id, now: nowMs }),
      ...(old ? [setSecretEnd(old)] : []),
      insertSecret(next.row),
      record(ctx, {
        type: 'client.secret_rotated',
        data: { ...about, old_secret_id: old?.id ?? null, overlap_seconds: overlapSeconds },
      }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    forget(client.slug)
    return {
      secret: { ...showSecret(next.row, ctx.now, policy), value: next.value },
      old: old && old.expires_at > nowMs ? showSecret(old, ctx.now, policy) : null,
    }
  }
}
