import { createSecretKey, type KeyObject } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { equal } from '../crypto/equal.ts'
import { type Home, keyIdIn, open, seal } from '../crypto/seal.ts'
import type { Moment } from '../kernel/moment.ts'
import { startError } from '../storage/start-error.ts'
import { createKeyText, lost, makeKeyFolder, readKeyText, removeKeyText, replaceKeyText } from './key-file-text.ts'
import type { KeyEncryptionKey, WrappingKeys } from './wrapping-keys.ts'

export interface KeyFiles {
  /** The one that wraps new keys. */
  readonly keyEncryptionKey: KeyEncryptionKey
  /** The 256-bit key of the encrypted database file. */
  readonly databaseKey: Uint8Array
}

const keyBytes = 32
const firstId = 'k1'
const idForm = /^k[1-9]\d{0,5}$/
const homeOfDatabaseKey: Home = { table: 'file', row: 'database.key', column: '', tenant: '', purpose: 'database' }

const pathOf = (folder: string, id: string) => join(folder, `${id}.key`)
const pathOfDatabaseKey = (folder: string) => join(folder, 'database.key')

const commentOf = (id: string) =>
  `# The key-encryption key ${id} of Gatehouse. It opens every secret in the database, and without it nothing does.
# Keep a copy, apart from the copies of the database.
`
const databaseKeyComment = (id: string) =>
  `# The key of the Gatehouse database file, sealed by ${id}.key. Keep a copy beside the copy of ${id}.key.
`

/** The ids of the key-encryption keys that lie in a folder, the newest first. */
export function listKeyEncryptionKeys(folder: string): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  const ids = names.flatMap((name) =>
    name.endsWith('.key') && idForm.test(name.slice(0, -4)) ? name.slice(0, -4) : [],
  )
  return ids.toSorted((one, other) => Number(other.slice(1)) - Number(one.slice(1)))
}

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
  const databaseKeyPath = pathOfDatabaseKey(folder)
  const [newest = findSealer(folder) ?? firstId] = listKeyEncryptionKeys(folder)
  if (!given.mayCreate || existsSync(databaseKeyPath)) {
    for (const path of [folder, pathOf(folder, newest), databaseKeyPath]) {
      if (!existsSync(path)) throw startError(`${path} is missing, and ${lost}`)
    }
  }
  if (!existsSync(folder)) makeKeyFolder(folder)
  if (!existsSync(pathOf(folder, newest))) createKeyEncryptionKey(folder, newest, given.random)
  const keyEncryptionKey = loadKeyEncryptionKey(folder, newest)
  if (!existsSync(databaseKeyPath)) {
    createKeyText(databaseKeyPath, sealDatabaseKey(keyEncryptionKey, given.random(keyBytes), given), given.random)
  }
  return { keyEncryptionKey, databaseKey: openDatabaseKey(folder) }
}

/** One key-encryption key alone: enough to open a backup. */
export function loadKeyEncryptionKey(folder: string, id: string): KeyEncryptionKey {
  const path = pathOf(folder, id)
  if (!idForm.test(id) || !existsSync(path)) throw startError(`${path} is missing, and ${lost}`)
  const key = readKeyText(path)
  if (key.length !== keyBytes) throw startError(`${path} holds ${key.length} bytes and not ${keyBytes}, and ${lost}`)
  return { id, key: createSecretKey(key) }
}

/** All of a folder, as it is when it is asked: a key that is put there is used without a new start. */
export function wrappingKeysIn(folder: string): WrappingKeys {
  return {
    newest: () => loadKeyEncryptionKey(folder, listKeyEncryptionKeys(folder)[0] ?? firstId),
    find: (id) => findKey(folder, id),
  }
}

function findKey(folder: string, id: string): KeyObject | undefined {
  return listKeyEncryptionKeys(folder).includes(id) ? loadKeyEncryptionKey(folder, id).key : undefined
}

/** Makes the key-encryption key after the newest one. Nothing is wrapped by it yet. */
export function addKeyEncryptionKey(folder: string, random: Moment['random']): KeyEncryptionKey {
  const [newest = firstId] = listKeyEncryptionKeys(folder)
  const id = `k${Number(newest.slice(1)) + 1}`
  createKeyEncryptionKey(folder, id, random)
  return loadKeyEncryptionKey(folder, id)
}

function createKeyEncryptionKey(folder: string, id: string, random: Moment['random']): void {
  createKeyText(pathOf(folder, id), { comment: commentOf(id), content: random(keyBytes) }, random)
}

/** By which key-encryption key the key of the database file is sealed. */
export function findSealer(folder: string): string | undefined {
  const path = pathOfDatabaseKey(folder)
  const id = existsSync(path) ? keyIdIn(readKeyText(path)) : undefined
  return id !== undefined && idForm.test(id) ? id : undefined
}

/** Seals the key of the database file by another key-encryption key; the key itself stays. */
export function resealDatabaseKey(folder: string, by: KeyEncryptionKey, given: Pick<Moment, 'random'>): void {
  replaceKeyText(pathOfDatabaseKey(folder), sealDatabaseKey(by, openDatabaseKey(folder), given), given.random)
}

/** Removes the file of a key-encryption key. The caller has seen that nothing is wrapped by it. */
export function removeKeyEncryptionKey(folder: string, id: string): void {
  removeKeyText(pathOf(folder, id))
}

/** Writes these keys where none are; what is there already must be the same. */
export function storeKeyFiles(
  folder: string,
  { keyEncryptionKeys, databaseKey }: Pick<KeyFiles, 'databaseKey'> & { readonly keyEncryptionKeys: KeyEncryptionKeys },
  given: Pick<Moment, 'random'>,
): void {
  if (!existsSync(folder)) makeKeyFolder(folder)
  for (const { id, key } of keyEncryptionKeys) {
    createKeyText(pathOf(folder, id), { comment: commentOf(id), content: key.export() }, given.random)
  }
  const [newest] = keyEncryptionKeys
  createKeyText(pathOfDatabaseKey(folder), sealDatabaseKey(newest, databaseKey, given), given.random)
  const stored = loadKeyFiles(folder, { ...given, mayCreate: false })
  if (!equal(stored.databaseKey, databaseKey)) {
    throw startError(`${folder} holds the keys of another database. Give an empty folder.`)
  }
}

/** The newest first. */
type KeyEncryptionKeys = readonly [KeyEncryptionKey, ...KeyEncryptionKey[]]

function sealDatabaseKey(by: KeyEncryptionKey, databaseKey: Uint8Array, given: Pick<Moment, 'random'>) {
  return { comment: databaseKeyComment(by.id), content: seal(by, databaseKey, homeOfDatabaseKey, given) }
}

function openDatabaseKey(folder: string): Uint8Array {
  const path = pathOfDatabaseKey(folder)
  const sealed = readKeyText(path)
  const sealer = findSealer(folder)
  if (sealer !== undefined && !listKeyEncryptionKeys(folder).includes(sealer)) {
    throw startError(`${pathOf(folder, sealer)} is missing, and ${lost}`)
  }
  try {
    return open((id) => findKey(folder, id), sealed, homeOfDatabaseKey)
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'StartError') throw cause
    throw startError(
      `${path} does not open with ${pathOf(folder, sealer ?? firstId)}: one of them is damaged or belongs to another installation. Put both back from the same backup.`,
      cause,
    )
  }
}
