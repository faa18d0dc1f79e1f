import { equal } from '../../crypto/equal.ts'
import { hmacSha256 } from '../../crypto/hmac-sha256.ts'
import type { Client, ClientSecret } from '../client.ts'

/** The live secret of which `given` is the HMAC-SHA256 over the parts. */
export function matchSecret(
  { secrets }: Pick<Client, 'secrets'>,
  now: Date,
  given: Uint8Array,
  ...parts: readonly (Uint8Array | string)[]
): ClientSecret | undefined {
  return secrets.find(
    ({ key, expiresAt }) =>
      (expiresAt === null || expiresAt > now.getTime()) && equal(hmacSha256(key, ...parts), given),
  )
}
