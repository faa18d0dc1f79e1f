import { createSecretKey, type KeyObject } from 'node:crypto'
import { type Home, open, seal } from '../crypto/seal.ts'
import { secondMs } from '../kernel/durations.ts'
import type { Moment } from '../kernel/moment.ts'
import { startError } from '../storage/start-error.ts'
import type { Storage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import { insertKey, type KeyPurpose, type KeyRow, listKeyRows } from './key.store.ts'
import { unwrapKey, wrapNewKey } from './wrap-key.ts'
import type { WrappingKeys } from './wrapping-keys.ts'

/** A root from which the token keys of the clients are derived (HKDF). */
export interface TokenRoot {
  readonly id: string
  readonly key: KeyObject
}

/**
 * All keys of the database, unwrapped. It lives in memory and is never written, logged or sent. What it answers changes
 * when keys are rotated: ask it each time.
 */
export interface Keyring {
  /** Seals under the current data key. */
  seal(plaintext: Uint8Array | string, home: Home, moment: Pick<Moment, 'random'>): Buffer
  /** @throws Error when the value is damaged, belongs elsewhere, or its key is unknown */
  open(sealed: Uint8Array, home: Home): Buffer
  /** Which key seals. */
  readonly dataKeyId: string
  /** The root of tokens that are made now. */
  readonly tokenRoot: TokenRoot
  /** The roots of all tokens that are good, that one first. */
  readonly tokenRoots: readonly TokenRoot[]
  /** What is mixed into new password hashes, so that a stolen database alone cannot be searched for passwords. */
  readonly pepper: { readonly id: KeyRow['id']; readonly secret: Uint8Array }
  findPepper(id: string): Uint8Array | undefined
  /** The seeds of the keys that sign the log (Ed25519), the one in use first. */
  readonly logSeeds: readonly [Uint8Array, ...Uint8Array[]]
  /** The seed of the key by which push services know us (RFC 8292). */
  readonly vapidSeed: Uint8Array
  /** Learns what has been rotated, retired or revoked since, on whichever node. */
  refresh(now: Date): Promise<void>
  /** The keys that open what is sealed. */
  readonly dataKeyIds: readonly string[]
  /** Says which keys the data names, all of them. */
  expect(ids: Iterable<string>): void
  /** Keys that the data names and that are not at hand. */
  readonly missing: readonly string[]
}

interface Key extends Pick<KeyRow, 'id' | 'purpose' | 'replaced_at'> {
  readonly bytes: Buffer
  readonly key: KeyObject
  /** When this process saw it first: others may not have seen it yet. */
  readonly seenAt: number
}

const purposes: readonly KeyPurpose[] = ['data', 'token_root', 'pepper', 'log', 'vapid']

/**
 * Every node looks for new keys each second. A new one is used only when all have had the time to see it, or they could not
 * open what the first has sealed.
 */
export const settleMs = 5 * secondMs

/**
 * Unwraps the keys of the database. The first key of each purpose is made here; of nodes that start on an empty
 * database at the same time, one makes them and the others take what it made. `record` says what goes on record of each.
 * @throws StartError, naming the key, when one cannot be unwrapped
 */
export async function openKeyring(
  storage: Storage,
  wrapping: WrappingKeys,
  moment: Moment,
  record?: (made: KeyRow) => Write,
): Promise<Keyring> {
  const found = await listKeyRows(storage)
  const missing = purposes.filter(
    (purpose) => !found.some((row) => row.purpose === purpose && row.replaced_at === null),
  )
  if (missing.length > 0) {
    for (const row of found) unwrapAtStart(row, wrapping)
    const made = missing.map((purpose) => wrapNewKey(purpose, wrapping.newest(), moment))
    await storage.commit([...made.map(insertKey), ...(record ? made.map(record) : [])], [])
  }
  const rows = await listKeyRows(storage)
  const keys = rows.map((row) => keyOf(row, unwrapAtStart(row, wrapping), row.created_at))
  return keyringOf(storage, wrapping, keys, moment.now)
}

function unwrapAtStart(row: KeyRow, wrapping: WrappingKeys): Buffer {
  try {
    return unwrapKey(row, wrapping)
  } catch (cause) {
    throw startError(
      `The key ${row.id} (${row.purpose}) was wrapped by the key-encryption key ${row.wrapped_by} and does not open with the ${wrapping.newest().id} given. Start with the key files of this database.`,
      cause,
    )
  }
}

function keyOf({ id, purpose, replaced_at }: KeyRow, bytes: Buffer, seenAt: number): Key {
  return { id, purpose, replaced_at, bytes, key: createSecretKey(bytes), seenAt }
}

/** What is known at one time: of each purpose the key in use first, then the others, the newest first. */
type Held = Readonly<Record<KeyPurpose, readonly [Key, ...Key[]]>>

/** Where no key of a purpose opens (any more), what was held before stays. */
function hold(keys: readonly Key[], nowMs: number, before?: Held): Held {
  const of = (purpose: KeyPurpose): readonly [Key, ...Key[]] => {
    const endOf = ({ replaced_at }: Key) => replaced_at ?? Number.POSITIVE_INFINITY
    const ours = keys.filter((key) => key.purpose === purpose)
    const all = ours.toSorted((one, other) => endOf(other) - endOf(one) || (one.id < other.id ? 1 : -1))
    const inUse = all.find(({ seenAt }) => nowMs - seenAt >= settleMs) ?? all.at(-1)
    if (!inUse) {
      if (before) return before[purpose]
      throw startError(`The database has no ${purpose} key in use and took none. Start again.`)
    }
    return [inUse, ...all.filter((key) => key !== inUse)]
  }
  return {
    data: of('data'),
    token_root: of('token_root'),
    pepper: of('pepper'),
    log: of('log'),
    vapid: of('vapid'),
  }
}

function keyringOf(storage: Storage, wrapping: WrappingKeys, opened: readonly Key[], now: Date): Keyring {
  let known: ReadonlyMap<string, Key> = new Map(opened.map((key) => [key.id, key]))
  let held = hold(opened, now.getTime())
  /** None, when the only one is revoked and its successor does not open here. */
  let roots: readonly Key[] = held.token_root
  let locked: readonly string[] = []
  let missing: readonly string[] = []

  /** A key that is known stays so, whoever has wrapped it anew: only what is new is unwrapped. */
  function take(row: KeyRow, nowMs: number): Key | undefined {
    const before = known.get(row.id)
    if (before) return { ...before, replaced_at: row.replaced_at }
    try {
      return keyOf(row, unwrapKey(row, wrapping), nowMs)
    } catch {
      return undefined
    }
  }

  return {
    seal(plaintext, home, moment) {
      const [key] = held.data
      // Its successor does not open here. What is sealed by a key that is gone is lost.
      if (!known.has(key.id))
        throw new Error(`The data key ${key.id} is retired, and the one in its place is not at hand.`)
      return seal(key, plaintext, home, moment)
    },
    open: (sealed, home) => {
      const find = (id: string) => {
        const key = known.get(id)
        return key?.purpose === 'data' ? key.key : undefined
      }
      return open(find, sealed, home)
    },
    get dataKeyId() {
      return held.data[0].id
    },
    get tokenRoot() {
      return held.token_root[0]
    },
    get tokenRoots() {
      return roots
    },
    get pepper() {
      const [{ id, bytes }] = held.pepper
      return { id, secret: bytes }
    },
    findPepper(id) {
      const key = known.get(id)
      return key?.purpose === 'pepper' ? key.bytes : undefined
    },
    get logSeeds() {
      const [first, ...others] = held.log
      return [first.bytes, ...others.map(({ bytes }) => bytes)] as const
    },
    get vapidSeed() {
      return held.vapid[0].bytes
    },
    async refresh(now) {
      const rows = await listKeyRows(storage)
      const nowMs = now.getTime()
      const keys = rows.map((row) => take(row, nowMs))
      locked = rows.filter((_, index) => !keys[index]).map(({ id, wrapped_by }) => `${id} (under ${wrapped_by})`)
      const open = keys.filter((key) => key !== undefined)
      known = new Map(open.map((key) => [key.id, key]))
      held = hold(open, nowMs, held)
      roots = held.token_root.filter(({ id }) => known.has(id))
    },
    get dataKeyIds() {
      return held.data.map(({ id }) => id)
    },
    expect(ids) {
      missing = [...ids].filter((id) => !known.has(id))
    },
    get missing() {
      const isLocked = (id: string) => locked.some((text) => text.startsWith(id))
      return [...locked, ...missing.filter((id) => !known.has(id) && !isLocked(id))]
    },
  }
}
