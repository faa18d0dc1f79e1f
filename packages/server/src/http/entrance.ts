import type { IncomingHttpHeaders } from 'node:http'
import { canonicalAddress } from '../kernel/address.ts'
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

/** Whoever is no trusted proxy speaks for itself, whatever headers it sends. */
export function findOrigin({ socket, headers }: Wire, { isTrustedProxy, forwardedHeader }: Entrance): Origin {
  const peer = canonicalAddress(socket.remoteAddress ?? '')
  if (peer === undefined || !isTrustedProxy?.(peer)) {
    return { proxy: undefined, address: peer, isSecure: socket.encrypted === true }
  }
  const field = headers[forwardedHeader]
  const caller = typeof field === 'string' ? findCaller(forwardedHeader, field, isTrustedProxy) : undefined
  const proto = forwardedHeader === 'forwarded' ? caller?.proto : headers['x-forwarded-proto']
  return { proxy: peer, address: caller?.address, isSecure: typeof proto === 'string' && /^https$/i.test(proto) }
}
