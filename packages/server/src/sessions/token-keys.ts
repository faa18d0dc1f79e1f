import type { Client } from '../clients/client.ts'
import { hkdf } from '../crypto/hkdf.ts'
import type { ClientId } from '../kernel/ids.ts'
import { remember } from '../kernel/remember.ts'
import type { Keyring, TokenRoot } from '../keys/keyring.ts'
import { type TokenKey, tokenKey } from './access-token.ts'

type Holder = Pick<Client, 'id' | 'tokenKeyNumber'>

/** The token keys of clients: each has one from each root that is good. */
export interface TokenKeys {
  /** The one that signs. */
  of(client: Holder): TokenKey
  /** The one that this token says it is signed by, if that is one of the client's. */
  find(client: Holder, token: string): TokenKey | undefined
  /** The same as they are handed out, the one that signs first. */
  export(client: Holder): readonly { readonly id: string; readonly bytes: Uint8Array }[]
  idsOf(client: Holder): readonly string[]
}

/** The token keys of each client: made by HKDF from a root, never the secret that signs requests. */
export function tokenKeys(keys: Pick<Keyring, 'tokenRoot' | 'tokenRoots'>): TokenKeys {
  const idOf = ({ id }: TokenRoot, { tokenKeyNumber: number }: Holder) => (number === 0 ? id : `${id}.${number}`)
  const bytesOf = ({ key }: TokenRoot, { id, tokenKeyNumber: number }: Holder) =>
    hkdf(key, { info: `gatehouse access token HS256 ${id}${number === 0 ? '' : ` ${number}`}`, bytes: 32 })
  /** One text for the client and the number of its key, put together once as long as the client is in memory. */
  const names = new WeakMap<Holder, string>()
  function nameHolder(holder: Holder): string {
    const known = names.get(holder)
    if (known !== undefined) return known
    const name = `${holder.id} ${holder.tokenKeyNumber}`
    names.set(holder, name)
    return name
  }
  // A root that is gone is asked for no more, and what was made of it goes with it.
  const makers = new WeakMap<TokenRoot['key'], (name: string) => TokenKey>()
  const makerOf = (root: TokenRoot) => {
    const made = makers.get(root.key)
    if (made) return made
    const make = remember((name: string) => {
      const [id, number] = name.split(' ', 2)
      const holder = { id: id as ClientId, tokenKeyNumber: Number(number) }
      return tokenKey(idOf(root, holder), bytesOf(root, holder))
    }, 10_000)
    makers.set(root.key, make)
    return make
  }
  return {
    of: (client) => makerOf(keys.tokenRoot)(nameHolder(client)),
    find(client, token) {
      const name = nameHolder(client)
      for (const root of keys.tokenRoots) {
        const key = makerOf(root)(name)
        if (token.startsWith(key.header) && token[key.header.length] === '.') return key
      }
      return undefined
    },
    export: (client) => keys.tokenRoots.map((root) => ({ id: idOf(root, client), bytes: bytesOf(root, client) })),
    idsOf: (client) => keys.tokenRoots.map((root) => idOf(root, client)),
  }
}
