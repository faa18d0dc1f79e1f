import { createSecretKey, type KeyObject } from 'node:crypto'
import { type Home, open, seal } from '../crypto/seal.ts'
import { newId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'
import { startError } from '../storage/start-error.ts'
import type { Storage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import { insertKey, type KeyPurpose, type KeyRow, listKeyRows } from './key.store.ts'
import type { KeyEncryptionKey } from './key-file.ts'

/** All keys of the database, unwrapped. It lives in memory and is never written, logged or sent. */
export interface Keyring {
  /** Seals under the current data key. */
  seal(plaintext: Uint8Array | string, home: Home, moment: Pick<Moment, 'random'>): Buffer
  /** @throws Error when the value is damaged, belongs elsewhere, or its key is unknown */
  open(sealed: Uint8Array, home: Home): Buffer
  /** The root from which the token keys of the clients are derived (HKDF). */
  readonly tokenRoot: { readonly id: string; readonly key: KeyObject }
  findTokenRoot(id: string): KeyObject | undefined
  /** What is mixed into new password hashes, so that a stolen database alone cannot be searched for passwords. */
  readonly pepper: { readonly id: KeyRow['id']; readonly secret: Uint8Array }
  findPepper(id: string): Uint8Array | undefined
  /** The seeds of the keys that sign the log (Ed25519), the one in use first. */
  readonly logSeeds: readonly [Uint8Array, ...Uint8Array[]]
  /** The seed of the key by which push services know us (RFC 8292). */
  readonly vapidSeed: Uint8Array
}

interface Key extends Pick<KeyRow, 'id' | 'purpose' | 'retired_at'> {
  readonly bytes: Buffer
}

const purposes: readonly KeyPurpose[] = ['data', 'token_root', 'pepper', 'log', 'vapid']

/**
 * Unwraps the keys of the database. The first key of each purpose is made here; of nodes that start on an empty
 * database at the same time, one makes them and the others take what it made. `record` says what goes on record of each.
 * @throws StartError, naming the key, when one cannot be unwrapped
 */
export async function openKeyring(
  storage: Storage,
  keyEncryptionKey: KeyEncryptionKey,
  moment: Moment,
  record?: (made: KeyRow) => Write,
): Promise<Keyring> {
  const found = await unwrapAll(storage, keyEncryptionKey)
  const missing = purposes.filter((purpose) => !findCurrent(found, purpose))
  if (missing.length === 0) return keyring(found)
  const made = missing.map((purpose) => wrapNewKey(purpose, keyEncryptionKey, moment))
  await storage.commit([...made.map(insertKey), ...(record ? made.map(record) : [])], [])
  return keyring(await unwrapAll(storage, keyEncryptionKey))
}

function wrapNewKey(purpose: KeyPurpose, wrappedBy: KeyEncryptionKey, moment: Moment): KeyRow {
  const id = newId('key', moment)
  const wrapped = seal(wrappedBy, moment.random(32), homeOfKey({ id, purpose }), moment)
  return { id, purpose, wrapped, wrapped_by: wrappedBy.id, created_at: moment.now.getTime(), retired_at: null }
}

async function unwrapAll(storage: Storage, keyEncryptionKey: KeyEncryptionKey): Promise<readonly Key[]> {
  const rows = await listKeyRows(storage)
  return rows.map((row) => unwrap(row, keyEncryptionKey))
}

function unwrap(row: KeyRow, { id, key }: KeyEncryptionKey): Key {
  try {
    const bytes = open((wrappedBy) => (wrappedBy === id ? key : undefined), row.wrapped, homeOfKey(row))
    return { id: row.id, purpose: row.purpose, retired_at: row.retired_at, bytes }
  } catch (cause) {
    throw startError(
      `The key ${row.id} (${row.purpose}) was wrapped by the key-encryption key ${row.wrapped_by} and does not open with the ${id} given. Start with the key files of this database.`,
      cause,
    )
  }
}

function homeOfKey(row: Pick<KeyRow, 'id' | 'purpose'>): Home {
  return { table: 'key', row: row.id, column: 'wrapped', tenant: '', purpose: row.purpose }
}

function findCurrent(keys: readonly Key[], purpose: KeyPurpose): Key | undefined {
  return keys.find((key) => key.purpose === purpose && key.retired_at === null)
}

function getCurrent(keys: readonly Key[], purpose: KeyPurpose): Key {
  const key = findCurrent(keys, purpose)
  if (!key) throw startError(`The database has no ${purpose} key in use and took none. Start again.`)
  return key
}

function keyring(keys: readonly Key[]): Keyring {
  const objects = (purpose: KeyPurpose) =>
    new Map<string, KeyObject>(
      keys.filter((key) => key.purpose === purpose).map(({ id, bytes }) => [id, createSecretKey(bytes)]),
    )
  const dataKeys = objects('data')
  const tokenRoots = objects('token_root')
  const peppers = new Map<string, Uint8Array>(
    keys.filter((key) => key.purpose === 'pepper').map(({ id, bytes }) => [id, bytes]),
  )
  const dataKey = getCurrent(keys, 'data')
  const tokenRoot = getCurrent(keys, 'token_root')
  const pepper = getCurrent(keys, 'pepper')
  const logKey = getCurrent(keys, 'log')
  const oldLogKeys = keys.filter((key) => key.purpose === 'log' && key !== logKey)
  const sealing = { id: dataKey.id, key: createSecretKey(dataKey.bytes) }
  return {
    seal: (plaintext, home, moment) => seal(sealing, plaintext, home, moment),
    open: (sealed, home) => open((id) => dataKeys.get(id), sealed, home),
    tokenRoot: { id: tokenRoot.id, key: createSecretKey(tokenRoot.bytes) },
    findTokenRoot: (id) => tokenRoots.get(id),
    pepper: { id: pepper.id, secret: pepper.bytes },
    findPepper: (id) => peppers.get(id),
    vapidSeed: getCurrent(keys, 'vapid').bytes,
    logSeeds: [logKey.bytes, ...oldLogKeys.map(({ bytes }) => bytes)],
  }
}
