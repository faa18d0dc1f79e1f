import { createSecretKey } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { equal } from '../crypto/equal.ts'
import { type Home, open, seal } from '../crypto/seal.ts'
import type { Moment } from '../kernel/moment.ts'
import { startError } from '../storage/start-error.ts'
import type { KeyEncryptionKey } from './wrapping-keys.ts'

export interface KeyFiles {
  readonly keyEncryptionKey: KeyEncryptionKey
  /** The 256-bit key of the encrypted database file. */
  readonly databaseKey: Uint8Array
}

const keyId = 'k1'
const keyBytes = 32
const lost = 'nothing can be read without it. Put it back from the backup of the keys.'
const homeOfDatabaseKey: Home = { table: 'file', row: 'database.key', column: '', tenant: '', purpose: 'database' }

const keyComment = `# The key-encryption key ${keyId} of Gatehouse. It opens every secret in the database, and without it nothing does.
# Keep a copy, apart from the copies of the database.
`
const databaseKeyComment = `# The key of the Gatehouse database file, sealed by ${keyId}.key. Keep a copy beside the copy of ${keyId}.key.
`

/**
 * The keys of the folder. What is missing is made when `mayCreate`, which is for a place without a database only: a new
 * key could open nothing of an old one.
 * @throws StartError, one sentence for the operator, when something is missing, open to others, damaged or does not fit;
 * nothing has been changed then
 */
export function loadKeyFiles(
  folder: string,
  given: { readonly mayCreate: boolean } & Pick<Moment, 'random'>,
): KeyFiles {
  const keyPath = join(folder, `${keyId}.key`)
  const databaseKeyPath = join(folder, 'database.key')
  if (!given.mayCreate || existsSync(databaseKeyPath)) {
    for (const path of [folder, keyPath, databaseKeyPath]) {
      if (!existsSync(path)) throw startError(`${path} is missing, and ${lost}`)
    }
  }
  if (!existsSync(folder)) makeFolder(folder)
  if (!existsSync(keyPath)) createFile(keyPath, keyComment, given.random(keyBytes), given.random)
  const keyEncryptionKey = loadKeyEncryptionKey(folder)
  if (!existsSync(databaseKeyPath)) {
    const sealed = seal(keyEncryptionKey, given.random(keyBytes), homeOfDatabaseKey, given)
    createFile(databaseKeyPath, databaseKeyComment, sealed, given.random)
  }
  return { keyEncryptionKey, databaseKey: openDatabaseKey(keyEncryptionKey, keyPath, databaseKeyPath) }
}

/** The key-encryption key alone: enough to open a backup. */
export function loadKeyEncryptionKey(folder: string): KeyEncryptionKey {
  const path = join(folder, `${keyId}.key`)
  if (!existsSync(path)) throw startError(`${path} is missing, and ${lost}`)
  const key = readFile(path)
  if (key.length !== keyBytes) throw startError(`${path} holds ${key.length} bytes and not ${keyBytes}, and ${lost}`)
  return { id: keyId, key: createSecretKey(key) }
}

/** Writes both keys where none are; what is there already must be the same. */
export function storeKeyFiles(
  folder: string,
  { keyEncryptionKey, databaseKey }: KeyFiles,
  given: Pick<Moment, 'random'>,
): void {
  if (!existsSync(folder)) makeFolder(folder)
  createFile(join(folder, `${keyId}.key`), keyComment, keyEncryptionKey.key.export(), given.random)
  const sealed = seal(keyEncryptionKey, databaseKey, homeOfDatabaseKey, given)
  createFile(join(folder, 'database.key'), databaseKeyComment, sealed, given.random)
  const stored = loadKeyFiles(folder, { ...given, mayCreate: false })
  if (!equal(stored.databaseKey, databaseKey)) {
    throw startError(`${folder} holds the keys of another database. Give an empty folder.`)
  }
}

function openDatabaseKey({ id, key }: KeyEncryptionKey, keyPath: string, path: string): Uint8Array {
  const sealed = readFile(path)
  try {
    return open((sealedBy) => (sealedBy === id ? key : undefined), sealed, homeOfDatabaseKey)
  } catch (cause) {
    throw startError(
      `${path} does not open with ${keyPath}: one of them is damaged or belongs to another installation. Put both back from the same backup.`,
      cause,
    )
  }
}

/** The one line of base64 (RFC 4648, section 4) that is not a comment. */
function readFile(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) {
      throw startError(`${path} is open to other users of this machine. Run: chmod 600 ${path}`)
    }
    const [text, ...more] = readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'))
    const bytes = Buffer.from(text ?? '', 'base64')
    if (text === undefined || more.length > 0 || bytes.toString('base64') !== text) {
      throw startError(`${path} is damaged (it is not one line of base64), and ${lost}`)
    }
    return bytes
  } finally {
    closeSync(file)
  }
}

/**
 * Makes a file that is there whole or not at all, also after a power failure. When another process was faster, its file
 * stays: a link, other than a rename, never replaces.
 */
function createFile(path: string, comment: string, content: Uint8Array, random: Moment['random']): void {
  const draft = `${path}.${Buffer.from(random(8)).toString('hex')}.tmp`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(file, `${comment}${Buffer.from(content).toString('base64')}\n`)
    fsyncSync(file)
    linkSync(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    closeSync(file)
    unlinkSync(draft)
  }
  syncFolder(dirname(path))
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  syncFolder(dirname(folder))
}

/** A new name is durable only when its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
