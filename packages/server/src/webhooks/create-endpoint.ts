import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { createWebhookEndpoint as Contract } from '@gatehouse/contract/webhook-operations'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { type EndpointRow, insertEndpoint, listEndpointsBelow } from './endpoint.store.ts'
import { showEndpoint, showSecret } from './show-endpoint.ts'
import { newSecret, sealSecrets } from './webhook-secrets.ts'
import type { WebhookTools } from './webhook-tools.ts'
import type { WebhookReach } from './webhook-url.ts'

/** A new endpoint gets what happens from now on. */
export function createEndpoint({ keys, policy, reach }: WebhookTools) {
  return async (ctx: Context, input: Omit<Parsed<typeof Contract>, 'nonce'>): Promise<Output<typeof Contract>> => {
    const url = checkUrl(reach, input.url)
    const others = await listEndpointsBelow(ctx.db, ctx.tenantId, 'whe_~', policy.webhookEndpoints)
    if (others.length >= policy.webhookEndpoints) throw new Fault('webhook_endpoint_limit')
    const place = { id: newId('whe', ctx), tenant_id: ctx.tenantId }
    const secret = newSecret(ctx)
    const row: EndpointRow = {
      ...place,
      url,
      description: input.description ?? null,
      events: JSON.stringify(input.events),
      secrets: sealSecrets(keys, place, [secret], ctx),
      created_at: ctx.now.getTime(),
      disabled_at: null,
      disabled_reason: null,
      failing_since: null,
      version: 1,
    }
    const about = { endpoint_id: row.id, host: new URL(url).host, events: input.events.join(' ') }
    await commit(ctx, [insertEndpoint(row), record(ctx, { type: 'webhook_endpoint.created', data: about })])
    return {
      endpoint: showEndpoint(keys, row, ctx.now),
      secret: { ...showSecret(secret), value: secret.value },
    }
  }
}

/** The URL in its one spelling. @throws Fault `webhook_url_refused` */
export function checkUrl(reach: WebhookReach, url: string): string {
  const detail = reach.findProblem(url)
  if (detail !== undefined) throw new Fault('webhook_url_refused', { detail })
  return new URL(url).href
}
