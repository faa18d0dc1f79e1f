import type { Output } from '@gatehouse/contract/operation'
import { listRevocations } from '@gatehouse/contract/verification-operations'
import type { Connection } from './connection.ts'
import { type Known, placeWord } from './feed-clock.ts'
import { gatehouseError, isGatehouseError } from './gatehouse-error.ts'
import { readAnswer } from './read-answer.ts'
import { readEvents } from './read-events.ts'
import { callSigner } from './sign-call.ts'

/** What the server says of sessions that have ended, in an answer or in an event. */
export type Word = Output<typeof listRevocations>

/** Words from the server. Each is heard to its end before the next one is read. */
export interface RevocationFeed {
  /** One answer. */
  ask(since: string | undefined): Promise<{ readonly word: Word; readonly known: Known }>
  /** Goes on until the server ends it, which is every few minutes. Rejects when nothing was heard for three seconds. */
  listen(since: string | undefined, hear: (word: Word, known: Known) => Promise<void>): Promise<void>
}

interface Tools {
  readonly connection: Connection
  /** Milliseconds, from anywhere, never back. */
  readonly clock: () => number
  readonly signal: AbortSignal
}

/** The server says something every second. */
const longestSilenceMs = 3000

export function revocationFeed({ connection, clock, signal }: Tools): RevocationFeed {
  const sign = callSigner(connection)
  let clockOffsetMs = 0

  async function request(since: string | undefined, accept: string, ending: AbortSignal): Promise<Response> {
    const url = `${connection.url}${listRevocations.path}${since === undefined ? '' : `?since=${since}`}`
    const timestamp = Math.floor((connection.now().getTime() + clockOffsetMs) / 1000)
    const headers = { accept, ...(await sign({ method: 'GET', url, body: new Uint8Array(), timestamp })) }
    return connection.fetch(url, { headers, redirect: 'manual', cache: 'no-store', signal: ending })
  }

  /** The body of an answer that is not a stream. The server's clock is learned from a refusal, for the next time. */
  async function read(response: Response): Promise<unknown> {
    try {
      return await readAnswer(response)
    } catch (error) {
      if (isGatehouseError(error, 'signature_timestamp_out_of_range') && error.serverTime) {
        clockOffsetMs = error.serverTime.getTime() - connection.now().getTime()
      }
      throw error
    }
  }

  return {
    async ask(since) {
      const askedAt = clock()
      const timeout = AbortSignal.timeout(connection.timeoutMs)
      const response = await request(since, 'application/json', AbortSignal.any([signal, timeout]))
      const word = (await read(response)) as Word
      return { word, known: { since: askedAt, serverTime: word.at } }
    },

    async listen(since, hear) {
      const silence = new AbortController()
      const tooQuiet = gatehouseError({ code: 'timeout', message: 'The revocation feed has fallen silent' })
      const patience = () => setTimeout(() => silence.abort(tooQuiet), longestSilenceMs)
      let timer = patience()
      const askedAt = clock()
      try {
        const response = await request(since, 'text/event-stream', AbortSignal.any([signal, silence.signal]))
        if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
          await read(response)
          throw gatehouseError({ code: 'unexpected_answer', message: 'The revocation feed is no event stream' })
        }
        let first: number | undefined
        for await (const data of readEvents(response.body)) {
          clearTimeout(timer)
          const word = JSON.parse(data) as Word
          first ??= word.at
          const arrivedAt = clock()
          await hear(word, placeWord({ askedAt, serverTime: first }, { arrivedAt, serverTime: word.at }))
          timer = patience()
        }
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
