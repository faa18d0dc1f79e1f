import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { lazyClient } from './lazy-client.ts'
import type { OutgoingRequest } from './outgoing-line.ts'
import { judgedLookup, type Resolve } from './public-lookup.ts'

/** What is known of an answer. Its body is a stranger's, and nobody here reads it. */
export interface StrangerReply {
  readonly status: number
  /** `Retry-After`, as it was sent. */
  readonly retryAfter: string | undefined
}

/** A line to addresses that others have named: nothing of what they answer is believed. */
export interface StrangerLine {
  /** @throws whatever the network throws, within the time limit; an error with the code `ENOTPUBLIC` for an address that is not to be reached */
  post(request: OutgoingRequest, signal?: AbortSignal): Promise<StrangerReply>
  close(): Promise<void>
}

/** Whether an address may be reached over TLS, or in the clear. What is no address may not. */
export type Reach = (address: string, protocol: 'https:' | 'http:') => boolean

interface Options {
  /** For all of a request, from the look-up of the name to the end of the answer. */
  readonly longestMs: number
  readonly mayReach: Reach
  /** Servers of names other than those of the machine. */
  readonly resolvers?: readonly string[]
}

/** So much of an answer is read, so that its connection can be used again; more ends it. */
const largestBody = 65_536
const largestHeaders = 16_384

/**
 * Opens a line; nothing is sent yet. A name is looked up when somebody connects, and the very addresses that were judged are
 * those that are connected to: a name that points elsewhere a moment later (DNS rebinding) is of no use. Redirects are not
 * followed. The look-up asks the servers of names itself, since that of the C library takes one of few threads for as long
 * as a stranger's server of names lets it wait.
 */
export function openStrangerLine({ longestMs, mayReach, resolvers }: Options): StrangerLine {
  const names = new Resolver({ timeout: Math.ceil(longestMs / 2), tries: 1 })
  if (resolvers && resolvers.length > 0) names.setServers(resolvers)
  const resolve: Resolve = (hostname) => findAddresses(names, hostname)
  const clientFor = (protocol: 'https:' | 'http:') =>
    lazyClient({
      // Not shared between those who name one address: who is slow fills no queue of another.
      connections: null,
      connect: { lookup: judgedLookup(resolve, (address) => mayReach(address, protocol)), timeout: longestMs },
      headersTimeout: longestMs,
      bodyTimeout: longestMs,
      maxHeaderSize: largestHeaders,
      allowH2: false,
    })
  const clients = { 'https:': clientFor('https:'), 'http:': clientFor('http:') }
  return {
    async post({ url, headers, body }, signal) {
      const { protocol, hostname } = new URL(url)
      if (protocol !== 'https:' && protocol !== 'http:') throw inside()
      // Nobody looks an address up, so it is judged here. The parser has brought its spellings into one.
      const address = hostname.replace(/^\[|\]$/g, '')
      if (isIP(address) !== 0 && !mayReach(address, protocol)) throw inside()
      const limit = AbortSignal.timeout(longestMs)
      const { request, agent } = await clients[protocol].open()
      const answer = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...headers },
        body,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      const retryAfter = answer.headers['retry-after']
      // What the body does after the status is in, it does to itself.
      await answer.body.dump({ limit: largestBody, signal: limit }).catch(() => undefined)
      return { status: answer.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined }
    },
    close: async () => {
      names.cancel()
      await Promise.all([clients['https:'].close(), clients['http:'].close()])
    },
  }
}

async function findAddresses(names: Resolver, hostname: string): Promise<LookupAddress[]> {
  const [four, six] = await Promise.allSettled([names.resolve4(hostname), names.resolve6(hostname)])
  const of = (result: PromiseSettledResult<string[]>, family: 4 | 6) =>
    result.status === 'fulfilled' ? result.value.map((address) => ({ address, family })) : []
  const found = [...of(four, 4), ...of(six, 6)]
  if (found.length === 0 && four.status === 'rejected') throw four.reason
  return found
}

function inside(): NodeJS.ErrnoException {
  return Object.assign(new Error('The address is not one that may be reached.'), { code: 'ENOTPUBLIC' })
}
