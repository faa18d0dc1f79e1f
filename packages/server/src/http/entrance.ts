import type { IncomingHttpHeaders } from 'node:http'
import { canonicalAddress } from '../kernel/address.ts'
import { remember } from '../kernel/remember.ts'
import { type ForwardedHeader, findCaller } from './forwarded.ts'

/** By which ways calls may come in. */
export interface Entrance {
  /** Whether an address is that of a proxy which is believed. Undefined when there is none. */
  readonly isTrustedProxy: ((address: string) => boolean) | undefined
  /** The one header that tells for whom a trusted proxy calls. */
  readonly forwardedHeader: ForwardedHeader
  /** False in development alone. */
  readonly demandsTls: boolean
}

/** Where a request comes from. */
export interface Origin {
  /** The trusted proxy at the other end of the connection, if there is one. */
  readonly proxy: string | undefined
  /** The machine that calls, in the one spelling of its address. Undefined when it cannot be told. */
  readonly address: string | undefined
  /** Whether the machine that calls speaks TLS, to us or to the trusted proxy. */
  readonly isSecure: boolean
}

/** What a request tells of its way: the connection, and the headers that count if a trusted proxy sent them. */
interface Wire {
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean | undefined }
  readonly headers: IncomingHttpHeaders
}

/** More than there are applications that call at one time. */
const callersInMemory = 1000

/** Whoever is no trusted proxy speaks for itself, whatever headers it sends. Who calls by which text is remembered. */
export function originFinder(entrance: Entrance): (wire: Wire) => Origin {
  const { isTrustedProxy, forwardedHeader } = entrance
  const isTrusted = (address: string) => isTrustedProxy?.(address) === true
  const findPeer = remember(canonicalAddress, callersInMemory)
  const findKnown = remember((field: string) => findCaller(forwardedHeader, field, isTrusted), callersInMemory)
  return ({ socket, headers }) => {
    const peer = findPeer(socket.remoteAddress ?? '')
    if (peer === undefined || !isTrusted(peer)) {
      return { proxy: undefined, address: peer, isSecure: socket.encrypted === true }
    }
    const field = headers[forwardedHeader]
    const caller = typeof field === 'string' ? findKnown(field) : undefined
    const proto = forwardedHeader === 'forwarded' ? caller?.proto : headers['x-forwarded-proto']
    return { proxy: peer, address: caller?.address, isSecure: typeof proto === 'string' && isHttps(proto) }
  }
}

function isHttps(proto: string): boolean {
  return proto === 'https' || proto.toLowerCase() === 'https'
}
