import type { Scope } from '@gatehouse/contract/operation'
import type { Client } from '../clients/client.ts'
import { sha256 } from '../crypto/sha256.ts'
import type { Leases } from '../kernel/leases.ts'
import type { Reader } from '../storage/storage.ts'
import { type ClientTokenRow, findTokenRow } from './client-token.store.ts'
import { judgeClientToken } from './judge-client-token.ts'

/** The only text that is looked up. */
const tokenForm = /^oat_[0-9A-Za-z]{49}$/

export function hasTokenForm(text: string): boolean {
  return tokenForm.test(text)
}

/** A token that is good: whose it is, and what for. */
export interface ClientGrant {
  readonly row: ClientTokenRow
  readonly client: Client
  readonly scopes: ReadonlySet<Scope>
}

/** The access tokens of client applications. */
export interface ClientTokens {
  /** Judged by its row and its client as they are now; undefined when it is not good. */
  find(token: string, now: Date): Promise<ClientGrant | undefined>
}

export function openClientTokens(tools: { readonly db: Reader; readonly clients: Leases<Client> }): ClientTokens {
  return {
    async find(token, now) {
      if (!hasTokenForm(token)) return undefined
      const row = await findTokenRow(tools.db, sha256(token))
      if (!row) return undefined
      const client = await tools.clients.find(row.client_slug, now)
      const scopes = judgeClientToken(row, client, now)
      return client && scopes && { row, client, scopes }
    },
  }
}
