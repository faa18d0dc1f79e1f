import type { WebhookEvent } from '@gatehouse/contract/webhook-events'
import type { Context } from '../context.ts'
import { hkdf } from '../crypto/hkdf.ts'
import { secondMs } from '../kernel/durations.ts'
import type { Keyring } from '../keys/keyring.ts'
import { countSealed, readSealed } from '../log/read-sealed.ts'
import type { OutgoingLine } from '../outgoing/outgoing-line.ts'
import { signDelivery } from './sign-delivery.ts'
import { isWebhookType, payloadOf, wants } from './webhook-payload.ts'

/** Where somebody who looks on begins: with what happens next. */
export function beginListening({ db }: Pick<Context, 'db'>): Promise<number> {
  return countSealed(db)
}

/** What an endpoint of this tenant with this filter would be told of what came since, and where to go on. */
export async function listenFrom(
  { db, tenantId }: Pick<Context, 'db' | 'tenantId'>,
  position: number,
  filter: readonly string[],
): Promise<{ readonly events: readonly WebhookEvent[]; readonly next: number }> {
  const sealed = await readSealed(db, position, 200)
  const events = sealed.flatMap((event) => {
    const { type, tenant_id } = event
    return tenant_id === tenantId && isWebhookType(type) && wants(filter, type) ? [payloadOf({ ...event, type })] : []
  })
  return { events, next: (sealed.at(-1)?.position ?? position - 1) + 1 }
}

/** What a developer's receiver is called with: the same after each start under one root, and of use for nothing else. */
export function listenSecret(keys: Keyring, { tenantId }: Pick<Context, 'tenantId'>): string {
  const bytes = hkdf(keys.tokenRoot.key, { info: `gatehouse webhooks listen ${tenantId}`, bytes: 32 })
  return `whsec_${bytes.toString('base64')}`
}

/** Sends one event to a receiver that the operator has named; the answer's status. Throws what the network throws. */
export async function forward(
  line: OutgoingLine,
  url: string,
  event: WebhookEvent,
  { secret, now }: { readonly secret: string; readonly now: Date },
): Promise<number> {
  const body = JSON.stringify(event)
  const timestamp = Math.floor(now.getTime() / secondMs)
  const headers = signDelivery({ id: event.id, timestamp, body }, [secret])
  return (await line.post({ url, headers, body })).status
}
