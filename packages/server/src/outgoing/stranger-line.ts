import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Agent, Dispatcher } from 'undici'
import { hostOf } from '../kernel/address.ts'
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
    async post(outgoing, stopped) {
      const target = new URL(outgoing.url)
      const { protocol, hostname } = target
      if (protocol !== 'https:' && protocol !== 'http:') throw inside()
      // Nobody looks an address up, so it is judged here. The parser has brought its spellings into one.
      const address = hostOf(hostname)
      if (isIP(address) !== 0 && !mayReach(address, protocol)) throw inside()
      const { agent } = await clients[protocol].open()
      return exchange(agent, target, { outgoing, longestMs, stopped })
    },
    close: async () => {
      names.cancel()
      await Promise.all([clients['https:'].close(), clients['http:'].close()])
    },
  }
}

interface Exchange {
  readonly outgoing: OutgoingRequest
  readonly longestMs: number
  readonly stopped: AbortSignal | undefined
}

/**
 * One request and what is known of its answer. By the client's own dispatch, since a stream for a body that nobody reads and a
 * signal for each request cost more than the request.
 */
function exchange(agent: Agent, target: URL, { outgoing, longestMs, stopped }: Exchange): Promise<StrangerReply> {
  return new Promise((resolve, reject) => {
    let request: Dispatcher.DispatchController | undefined
    let reply: StrangerReply | undefined
    let cutBy: Error | undefined
    let bytes = 0
    const cut = (reason: Error) => {
      cutBy = reason
      request?.abort(reason)
      end(reason)
    }
    const timer = setTimeout(() => cut(new DOMException('The answer took too long.', 'TimeoutError')), longestMs)
    const stop = () => cut(new DOMException('Whoever sends is stopping.', 'AbortError'))
    const end = (error?: Error) => {
      clearTimeout(timer)
      stopped?.removeEventListener('abort', stop)
      // What the body does after the status is in, it does to itself.
      if (reply) resolve(reply)
      else reject(error)
    }
    stopped?.addEventListener('abort', stop)
    if (stopped?.aborted) return stop()
    const { origin, pathname, search } = target
    const { headers, body } = outgoing
    agent.dispatch(
      { origin, path: `${pathname}${search}`, method: 'POST', headers, body },
      {
        // Whoever has waited for a connection until the time was over sends nothing.
        onRequestStart(controller) {
          request = controller
          if (cutBy) controller.abort(cutBy)
        },
        onResponseStart(_, status, { 'retry-after': retryAfter }) {
          if (status < 200) return
          reply = { status, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined }
        },
        onResponseData(_, chunk) {
          bytes += chunk.length
          if (bytes > largestBody) cut(new Error('The answer is too long.'))
        },
        onResponseEnd: () => end(),
        onResponseError: (_, error) => end(error),
      },
    )
  })
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
