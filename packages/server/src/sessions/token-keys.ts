import { createSecretKey } from 'node:crypto'
import { hkdf } from '../crypto/hkdf.ts'
import type { ClientId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { type TokenKey, tokenKey } from './access-token.ts'

const rememberedAtMost = 10_000

/** The token key of each client: made by HKDF from the root, never the secret that signs requests. */
export function tokenKeys(keys: Keyring): (clientId: ClientId) => TokenKey {
  const made = new Map<ClientId, TokenKey>()
  return (clientId) => {
    const known = made.get(clientId)
    if (known) return known
    const { id, key } = keys.tokenRoot
    const bytes = hkdf(key, { info: `gatehouse access token HS256 ${clientId}`, bytes: 32 })
    const fresh = tokenKey(id, createSecretKey(bytes))
    if (made.size >= rememberedAtMost) made.clear()
    made.set(clientId, fresh)
    return fresh
  }
}
