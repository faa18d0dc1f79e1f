import type { WebhookEndpoint } from '@gatehouse/contract/webhook-events'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { EndpointId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { type EndpointRow, findEndpoint } from './endpoint.store.ts'
import { openSecrets, type WebhookSecret } from './webhook-secrets.ts'

/** The endpoint, as the API shows it. */
export function showEndpoint(keys: Keyring, row: EndpointRow, now: Date): WebhookEndpoint {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: JSON.parse(row.events) as string[],
    status: row.disabled_at === null ? 'active' : 'disabled',
    disabled_reason: row.disabled_reason,
    failing_since: timeOrNull(row.failing_since),
    secrets: openSecrets(keys, row, now).map((secret) => ({
      ...showSecret(secret),
      expires_at: timeOrNull(secret.expiresAt),
    })),
    created_at: new Date(row.created_at).toISOString(),
  }
}

/** Which secret it is. */
export function showSecret({ value, createdAt }: WebhookSecret) {
  return { last_four: value.slice(-4), created_at: new Date(createdAt).toISOString() }
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/** @throws Fault `not_found`, also for endpoints of other tenants */
export async function getEndpointRow(ctx: Context, id: EndpointId): Promise<EndpointRow> {
  const row = await findEndpoint(ctx.db, ctx.tenantId, id)
  if (!row) throw new Fault('not_found')
  return row
}
