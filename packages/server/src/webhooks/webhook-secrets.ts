import { z } from 'zod'
import type { Home } from '../crypto/seal.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import type { EndpointRow } from './endpoint.store.ts'

const WebhookSecret = z.strictObject({
  value: z.string(),
  createdAt: z.number(),
  /** Null while nothing has taken its place. */
  expiresAt: z.number().nullable(),
})
export type WebhookSecret = z.infer<typeof WebhookSecret>
const Stored = z.array(WebhookSecret)

/** In the form of Standard Webhooks: 256 bits. */
export function newSecret({ now, random }: Moment): WebhookSecret {
  return { value: `whsec_${Buffer.from(random(32)).toString('base64')}`, createdAt: now.getTime(), expiresAt: null }
}

type Place = Pick<EndpointRow, 'id' | 'tenant_id'>

export function sealSecrets(keys: Keyring, place: Place, secrets: readonly WebhookSecret[], moment: Moment): Buffer {
  return keys.seal(JSON.stringify(secrets), homeOf(place), moment)
}

/** Those that sign now, the newest first. */
export function openSecrets(keys: Keyring, row: Place & Pick<EndpointRow, 'secrets'>, now: Date): WebhookSecret[] {
  const secrets = Stored.parse(JSON.parse(keys.open(row.secrets, homeOf(row)).toString('utf8')))
  return secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now.getTime())
}

function homeOf({ id, tenant_id }: Place): Home {
  return { table: 'webhook_endpoint', row: id, column: 'secrets', tenant: tenant_id, purpose: 'webhook secrets' }
}

export const sealedWebhookSecrets = sealedColumn({
  table: 'webhook_endpoint',
  column: 'secrets',
  key: ['id'],
  also: ['tenant_id'],
  home: homeOf,
})
