import { type Scope, scopes } from '@gatehouse/contract/operation'
import { z } from 'zod'
import type { Client } from '../clients/client.ts'
import { thumbprintOf } from '../factors/push/device-key.ts'
import type { ClientTokenRow } from './client-token.store.ts'

/** What no token is good for: who makes clients could make themselves one that signs. */
const neverByToken: readonly Scope[] = ['clients:write']

/** The scopes that a token of this client can have. */
export function grantableScopes(client: Pick<Client, 'scopes'>): readonly Scope[] {
  return scopes.filter((scope) => client.scopes.has(scope) && !neverByToken.includes(scope))
}

/**
 * What a token is good for now; undefined when it is not good. It never outlives what it was given for: a secret or a key
 * of the client, and its leave to use tokens at all.
 */
export function judgeClientToken(
  row: Pick<ClientTokenRow, 'client_id' | 'credential' | 'scopes' | 'expires_at'>,
  client: Pick<Client, 'id' | 'schemes' | 'secrets' | 'publicKeys' | 'scopes'> | undefined,
  now: Date,
): ReadonlySet<Scope> | undefined {
  const nowMs = now.getTime()
  if (!client || client.id !== row.client_id || row.expires_at <= nowMs || !client.schemes.has('oauth'))
    return undefined
  const isLive =
    client.secrets.some(({ id, expiresAt }) => id === row.credential && (expiresAt === null || expiresAt > nowMs)) ||
    client.publicKeys.some((key) => thumbprintOf(key) === row.credential)
  if (!isLive) return undefined
  const given = z.array(z.string()).parse(JSON.parse(row.scopes))
  return new Set(grantableScopes(client).filter((scope) => given.includes(scope)))
}
