import { clientSecret } from '../crypto/random-token.ts'
import { type ClientId, newId, type TenantId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Schema } from '../storage/schema.ts'
import { homeOfSecret } from './home-of-secret.ts'

/** A new secret: what is shown this once, and the row that holds it sealed. */
export function issueSecret(
  moment: Moment & { readonly tenantId: TenantId },
  keys: Keyring,
  mode: 'live' | 'test',
  clientId: ClientId,
): { readonly value: string; readonly row: Schema['client_secret'] } {
  const value = clientSecret(mode, moment)
  const id = newId('sec', moment)
  const tenant_id = moment.tenantId
  return {
    value,
    row: {
      id,
      tenant_id,
      client_id: clientId,
      sealed: keys.seal(value, homeOfSecret({ id, tenant_id }), moment),
      last_four: value.slice(-4),
      created_at: moment.now.getTime(),
      expires_at: null,
      last_used_at: null,
      age_noted: null,
    },
  }
}
