import { lookup } from 'node:dns/promises'
import type { Agent } from 'undici'
import { lazyClient } from './lazy-client.ts'
import { publicLookup, type Resolve } from './public-lookup.ts'

/** A POST, ready to be sent. */
export interface OutgoingRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** What came back: a status and at most as many bytes as a sensible answer has. */
export interface OutgoingReply {
  readonly status: number
  readonly text: string
}

/** A line to the outside. */
export interface OutgoingLine {
  /** @throws whatever the network throws, within the time limit */
  post(request: OutgoingRequest, signal?: AbortSignal): Promise<OutgoingReply>
  close(): Promise<void>
}

interface LineOptions {
  readonly longestMs: number
  readonly largestAnswer: number
}

/**
 * Opens a line to services that the operator has named; nothing is sent yet. `longestMs` is for all of a request, from
 * the connection to the last byte. Redirects are not followed: what is sent goes to the address that was named, and no other.
 */
export function openOutgoingLine(options: LineOptions): OutgoingLine {
  return openLine(options)
}

/**
 * The same to addresses that somebody else has named: over TLS, and to nobody inside. An address in numbers is none:
 * names alone are looked up, and so judged.
 * @throws Error from `post` for any other URL
 */
export function openPublicLine(options: LineOptions & { readonly resolve?: Resolve }): OutgoingLine {
  const { resolve = (hostname) => lookup(hostname, { all: true }) } = options
  const line = openLine(options, { lookup: publicLookup(resolve) })
  return {
    ...line,
    async post(request, signal) {
      const { protocol, hostname } = new URL(request.url)
      // The parser has brought every spelling of an IPv4 address (0x7f.1) into dots.
      if (protocol !== 'https:' || /^\[|^[0-9.]+$/.test(hostname)) throw new Error('The address is not one outside.')
      return line.post(request, signal)
    },
  }
}

function openLine({ longestMs, largestAnswer }: LineOptions, connect: Agent.Options['connect'] = {}): OutgoingLine {
  const client = lazyClient({
    connect,
    connections: 16,
    connectTimeout: longestMs,
    headersTimeout: longestMs,
    bodyTimeout: longestMs,
    maxResponseSize: largestAnswer,
  })
  return {
    async post({ url, headers, body }, signal) {
      const limit = AbortSignal.timeout(longestMs)
      const { request, agent } = await client.open()
      const answer = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...headers },
        body,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    },
    close: client.close,
  }
}
