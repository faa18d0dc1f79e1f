import { equal } from '../../crypto/equal.ts'
import type { SigningSecret } from '../client.ts'
import type { Signer } from './scheme.ts'

/** The live secret of which `given` is the HMAC-SHA256 over the parts. */
export function matchSecret(
  { secrets }: Pick<Signer, 'secrets'>,
  now: Date,
  given: Uint8Array,
  ...parts: readonly (Uint8Array | string)[]
): SigningSecret | undefined {
  return secrets.find(
    ({ mac, expiresAt }) => (expiresAt === null || expiresAt > now.getTime()) && equal(mac(...parts), given),
  )
}
