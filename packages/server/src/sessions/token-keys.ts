import { createSecretKey } from 'node:crypto'
import { hkdf } from '../crypto/hkdf.ts'
import type { ClientId } from '../kernel/ids.ts'
import { remember } from '../kernel/remember.ts'
import type { Keyring } from '../keys/keyring.ts'
import { type TokenKey, tokenKey } from './access-token.ts'

/** The token key of each client: made by HKDF from the root, never the secret that signs requests. */
export function tokenKeys(keys: Keyring): (clientId: ClientId) => TokenKey {
  return remember((clientId: ClientId) => {
    const { id, key } = keys.tokenRoot
    const bytes = hkdf(key, { info: `gatehouse access token HS256 ${clientId}`, bytes: 32 })
    return tokenKey(id, createSecretKey(bytes))
  }, 10_000)
}
