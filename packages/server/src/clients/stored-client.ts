import { type ClientLimit, clientLimits, type Scope, scopes } from '@gatehouse/contract/operation'
import { PublicKey } from '@gatehouse/contract/public-key'
import { type ClientScheme, clientSchemes } from '@gatehouse/contract/signature-scheme'
import { z } from 'zod'
import type { Schema } from '../storage/schema.ts'

const Texts = z.array(z.string())
const Keys = z.array(PublicKey)
const Limits = z.record(z.string(), z.number().int().positive())

/** The lists of a client, as they stand in its row. */
export interface StoredLists {
  readonly allow: readonly string[]
  readonly scopes: readonly Scope[]
  readonly schemes: readonly ClientScheme[]
  readonly publicKeys: readonly PublicKey[]
  readonly redirectUris: readonly string[]
  readonly limits: Readonly<Partial<Record<ClientLimit, number>>>
}

/**
 * The JSON of a client's row. Scopes and schemes that this version does not know, another one may have written; here they
 * allow nothing.
 * @throws Error for a row that nobody of us has written
 */
export function readStoredLists(
  row: Pick<Schema['client'], 'allow_list' | 'scopes' | 'schemes' | 'public_keys' | 'redirect_uris' | 'limits'>,
): StoredLists {
  const scopeNames = Texts.parse(JSON.parse(row.scopes))
  const schemeNames = Texts.parse(JSON.parse(row.schemes))
  const limits = Limits.parse(JSON.parse(row.limits))
  return {
    allow: Texts.parse(JSON.parse(row.allow_list)),
    scopes: scopes.filter((scope) => scopeNames.includes(scope)),
    schemes: clientSchemes.filter((scheme) => schemeNames.includes(scheme)),
    publicKeys: Keys.parse(JSON.parse(row.public_keys)),
    redirectUris: Texts.parse(JSON.parse(row.redirect_uris)),
    limits: Object.fromEntries(clientLimits.flatMap((name) => (limits[name] ? [[name, limits[name]]] : []))),
  }
}
