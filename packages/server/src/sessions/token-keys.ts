import { createSecretKey } from 'node:crypto'
import type { Client } from '../clients/client.ts'
import { hkdf } from '../crypto/hkdf.ts'
import type { ClientId } from '../kernel/ids.ts'
import { remember } from '../kernel/remember.ts'
import type { Keyring } from '../keys/keyring.ts'
import { type TokenKey, tokenKey } from './access-token.ts'

type Holder = Pick<Client, 'id' | 'tokenKeyNumber'>

/** The token keys of clients. */
export interface TokenKeys {
  /** The one that signs. */
  of(client: Holder): TokenKey
  /** The same as it is handed out, and its id. */
  export(client: Holder): { readonly id: string; readonly bytes: Uint8Array }
  idOf(client: Holder): string
}

/** One text for the client and the number of its key. */
export function nameHolder({ id, tokenKeyNumber }: Holder): string {
  return `${id} ${tokenKeyNumber}`
}

/** The token key of each client: made by HKDF from the root, never the secret that signs requests. */
export function tokenKeys(keys: Keyring): TokenKeys {
  const { id: rootId, key: root } = keys.tokenRoot
  const idOf = ({ tokenKeyNumber: number }: Holder) => (number === 0 ? rootId : `${rootId}.${number}`)
  const bytesOf = ({ id, tokenKeyNumber: number }: Holder) =>
    hkdf(root, { info: `gatehouse access token HS256 ${id}${number === 0 ? '' : ` ${number}`}`, bytes: 32 })
  const make = remember((name: string) => {
    const [id, number] = name.split(' ', 2)
    const holder = { id: id as ClientId, tokenKeyNumber: Number(number) }
    return tokenKey(idOf(holder), createSecretKey(bytesOf(holder)))
  }, 10_000)
  return {
    of: (client) => make(nameHolder(client)),
    export: (client) => ({ id: idOf(client), bytes: bytesOf(client) }),
    idOf,
  }
}
