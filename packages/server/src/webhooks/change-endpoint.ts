import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { WebhookEndpoint } from '@gatehouse/contract/webhook-events'
import type {
  changeWebhookEndpoint as Change,
  removeWebhookEndpoint as Remove,
  rotateWebhookSecret as Rotate,
} from '@gatehouse/contract/webhook-operations'
import { type Context, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import type { Write } from '../storage/write.ts'
import { checkUrl } from './create-endpoint.ts'
import { deleteEndpoint, type EndpointRow, replaceEndpoint } from './endpoint.store.ts'
import { getEndpointRow, showEndpoint, showSecret } from './show-endpoint.ts'
import { newSecret, openSecrets, sealSecrets } from './webhook-secrets.ts'
import type { WebhookTools } from './webhook-tools.ts'

/** Puts what is given in the place of what was there. Whoever makes it active again says that its receiver is well. */
export function changeEndpoint({ keys, reach }: WebhookTools) {
  return async (ctx: Context, input: Parsed<typeof Change>): Promise<WebhookEndpoint> => {
    const { id, url, events, description, status } = input
    const before = await getEndpointRow(ctx, id)
    const row: EndpointRow = {
      ...before,
      url: url === undefined ? before.url : checkUrl(reach, url),
      events: events === undefined ? before.events : JSON.stringify(events),
      description: description ?? before.description,
      ...(status === 'active' && { disabled_at: null, disabled_reason: null, failing_since: null }),
      ...(status === 'disabled' &&
        before.disabled_at === null && { disabled_at: ctx.now.getTime(), disabled_reason: 'request' as const }),
    }
    const fields = Object.keys({ ...input, id: undefined }).filter((name) => name !== 'id')
    const about = {
      endpoint_id: id,
      fields: fields.join(' '),
      ...(url !== undefined && { host: new URL(row.url).host }),
      ...(events && { events: events.join(' ') }),
      ...(status && { state: status }),
    }
    await replace(ctx, row, [record(ctx, { type: 'webhook_endpoint.changed', data: about })])
    return showEndpoint(keys, row, ctx.now)
  }
}

export async function removeEndpoint(ctx: Context, { id }: Parsed<typeof Remove>): Promise<Output<typeof Remove>> {
  const row = await getEndpointRow(ctx, id)
  const event = record(ctx, {
    type: 'webhook_endpoint.removed',
    data: { endpoint_id: id, host: new URL(row.url).host },
  })
  const committed = await commit(ctx, [deleteEndpoint(row), event])
  if (!committed.done) throw new Fault('version_conflict')
  return {}
}

/** A new secret; the old one signs beside it until the overlap ends. */
export function rotateSecret({ keys, policy }: WebhookTools) {
  return async (ctx: Context, { id, overlap_seconds }: Parsed<typeof Rotate>): Promise<Output<typeof Rotate>> => {
    const before = await getEndpointRow(ctx, id)
    const overlapSeconds = overlap_seconds ?? policy.webhookSecretOverlapSeconds
    const live = openSecrets(keys, before, ctx.now)
    if (overlapSeconds > 0 && live.length > 1) throw new Fault('webhook_secret_overlap')
    const secret = newSecret(ctx)
    const expiresAt = ctx.now.getTime() + overlapSeconds * secondMs
    const old = overlapSeconds === 0 ? [] : live.map((each) => ({ ...each, expiresAt }))
    const row = { ...before, secrets: sealSecrets(keys, before, [secret, ...old], ctx) }
    const about = { endpoint_id: id, overlap_seconds: overlapSeconds }
    await replace(ctx, row, [record(ctx, { type: 'webhook_endpoint.secret_rotated', data: about })])
    return {
      endpoint: showEndpoint(keys, row, ctx.now),
      secret: { ...showSecret(secret), value: secret.value },
    }
  }
}

async function replace(ctx: Context, row: EndpointRow, events: readonly Write[]): Promise<void> {
  const committed = await commit(ctx, [replaceEndpoint(row), ...events])
  if (!committed.done) throw new Fault('version_conflict')
}
