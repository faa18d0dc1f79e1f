import type { Claims } from '@gatehouse/contract/resources'
import { readTokenKeys } from '@gatehouse/contract/verification-operations'
import { decode } from './base64url.ts'
import { callerOf } from './caller.ts'
import { connectionOf, type GatehouseOptions } from './connection.ts'
import { isStale, type Known, serverTimeAt } from './feed-clock.ts'
import { isGatehouseError } from './gatehouse-error.ts'
import { hmacUnder } from './hmac.ts'
import { type Expected, headerOf, isOurs, readToken, type VerifierKey } from './judge-token.ts'
import { revocationFeed, type Word } from './revocation-feed.ts'
import { transportOf } from './transport.ts'

/** What became of a token. `stale`: nothing is known of revocations just now, so no token is taken for good; ask the server. */
export type LocalVerdict =
  | { readonly active: true; readonly claims: Claims }
  | { readonly active: false; readonly reason: 'invalid' | 'expired' | 'revoked' | 'restricted' | 'stale' }

/** Verifies access tokens without asking. */
export interface Verifier {
  /** Microseconds; never rejects. Says nothing of a second factor that was proven after the sign-in: ask the server for that. */
  verify(token: string): Promise<LocalVerdict>
  /** Resolves when tokens can be judged. */
  ready(): Promise<void>
  /** Ends the feed. From then on every token is `stale`. */
  close(): void
}

export interface VerifierOptions extends GatehouseOptions {
  /** For how long a verifier goes on that hears nothing from the server: 10,000 unless given, 2,000 to 60,000. */
  readonly maxStalenessMs?: number | undefined
  /** Told of what goes wrong with keys and feed, which are asked for again and again. */
  readonly onFailure?: ((error: unknown) => void) | undefined
  /** Milliseconds, from anywhere, never back: `performance.now` unless given. */
  readonly clock?: (() => number) | undefined
}

const shortestWaitMs = 250
const longestWaitMs = 5000
/**
 * Where the stream does not get through, an answer is asked for as often as this, and the stream again after a while, or at
 * once when no answer comes either.
 */
const pollMs = 2000
const pollsBeforeStream = 30
const keyLifeMs = 3_600_000
/** Nodes of a server may disagree for a moment on what is good: keys are not asked for again and again. */
const keyRestMs = 2000
/** How far the clocks of two nodes may be apart. */
const clockLeewayMs = 300_000

/**
 * A verifier of the access tokens of one client application. It reads the client's token keys and then follows the sessions
 * that end: a token is refused within a second of that. Options that are left out come from the environment, as with
 * `createGatehouse`. The operator of the server must have turned on `local_verification` for the client.
 *
 * ```ts
 * const verifier = createVerifier()
 * const verdict = await verifier.verify(token)
 * ```
 *
 * @throws TypeError, naming what is missing or out of bounds
 */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  const connection = connectionOf(options)
  const { maxStalenessMs = 10_000, onFailure = () => {}, clock = () => performance.now() } = options
  if (!(maxStalenessMs >= 2000 && maxStalenessMs <= 60_000)) {
    throw new TypeError('maxStalenessMs of a verifier is 2,000 to 60,000.')
  }
  // What it asks it asks again by itself, and sooner.
  const once = { ...connection, retries: { ...connection.retries, max: 0 } }
  const call = callerOf(once, transportOf(once))
  const ending = new AbortController()
  const feed = revocationFeed({ connection, clock, signal: ending.signal })

  let keys: readonly VerifierKey[] = []
  let keyIds: readonly string[] = []
  let keysReadAt = 0
  let askedFor = ''
  let expected: Expected | undefined
  let known: Known | undefined
  let position: string | undefined
  let polls = 0
  const endedAt = new Map<string, number>()
  const waiting = new Set<() => void>()

  async function readKeys(): Promise<void> {
    const answer = await call(readTokenKeys, {})
    keys = answer.keys.map(({ id, key }) => ({
      header: headerOf(id),
      hmac: hmacUnder(decode(key) ?? new Uint8Array()),
    }))
    keyIds = answer.keys.map(({ id }) => id)
    keysReadAt = clock()
    const { issuer, client_id: clientId, access_token_seconds: lifeSeconds } = answer
    expected = { issuer, clientId, lifeSeconds }
  }

  async function followKeys(ids: readonly string[]): Promise<void> {
    // What is good no more is so at once, whether or not the new keys can be read just now.
    const good = new Set(ids.map(headerOf))
    keys = keys.filter(({ header }) => good.has(header))
    keyIds = keyIds.filter((id) => ids.includes(id))
    const unknown = ids.filter((id) => !keyIds.includes(id)).join()
    if (unknown === '' || (unknown === askedFor && clock() - keysReadAt < keyRestMs)) return
    askedFor = unknown
    await readKeys()
  }

  async function hear(word: Word, at: Known): Promise<void> {
    for (const { session_id, ended_at } of word.data) endedAt.set(session_id, Date.parse(ended_at))
    position = word.position
    await followKeys(word.key_ids)
    if (word.has_more) return
    known = at
    forgetOld(word.at)
    for (const resolve of waiting) resolve()
    waiting.clear()
    // Our clocks have drifted apart, or the words are held back: a new stream tells.
    if (isStale(at, clock(), maxStalenessMs / 2)) throw new Error('The revocation feed is late.')
  }

  /** Tokens of what ended that long ago have run out by themselves. */
  function forgetOld(serverTime: number): void {
    const before = serverTime - (expected?.lifeSeconds ?? 0) * 1000 - clockLeewayMs
    for (const [id, at] of endedAt) {
      if (at >= before) return
      endedAt.delete(id)
    }
  }

  async function follow(): Promise<void> {
    if (!expected || clock() - keysReadAt > keyLifeMs) await readKeys()
    if (polls === 0) return feed.listen(position, hear)
    polls--
    for (let hasMore = true; hasMore; ) {
      const { word, known: at } = await feed.ask(position)
      await hear(word, at)
      hasMore = word.has_more
    }
  }

  async function run(): Promise<void> {
    for (let waitMs = shortestWaitMs; !ending.signal.aborted; ) {
      const before = known
      const wasPolling = polls > 0
      try {
        await follow()
        waitMs = wasPolling ? pollMs : shortestWaitMs
      } catch (error) {
        if (ending.signal.aborted) return
        onFailure(error)
        // The server does not want us any more: nothing that it said before counts.
        if (isGatehouseError(error) && (error.status === 401 || error.status === 403)) known = undefined
        const hasHeard = known !== before
        waitMs = hasHeard ? shortestWaitMs : Math.min(waitMs * 2, longestWaitMs)
        polls = wasPolling || (hasHeard && !isSilence(error)) ? 0 : pollsBeforeStream
      }
      await pause(waitMs, ending.signal)
    }
  }

  void run()

  return {
    async verify(token) {
      const now = clock()
      if (!expected || !known || isStale(known, now, maxStalenessMs)) return { active: false, reason: 'stale' }
      const serverTime = serverTimeAt(known, now)
      const said = await readToken(keys, token)
      if (!isOurs(said, expected)) return { active: false, reason: 'invalid' }
      if (said.iat * 1000 > serverTime + clockLeewayMs) return { active: false, reason: 'invalid' }
      if (said.exp * 1000 <= serverTime) return { active: false, reason: 'expired' }
      if (endedAt.has(said.sid)) return { active: false, reason: 'revoked' }
      if (said.acr === 'recovery') return { active: false, reason: 'restricted' }
      return { active: true, claims: said }
    },
    async ready() {
      while (isStale(known, clock(), maxStalenessMs) && !ending.signal.aborted) {
        await new Promise<void>((resolve) => waiting.add(resolve))
      }
    },
    close() {
      ending.abort()
      known = undefined
      for (const resolve of waiting) resolve()
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms * (0.75 + Math.random() / 2))
    signal.addEventListener('abort', end)
  })
}

/** The stream stands and nothing comes: something on the way may hold it back. */
function isSilence(error: unknown): boolean {
  return isGatehouseError(error, 'timeout')
}
