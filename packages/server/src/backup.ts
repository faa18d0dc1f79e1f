import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { digestFile, type Manifest, readManifest, sealOff, unpack } from './backup-file.ts'
import type { Config } from './config.ts'
import { commit } from './context.ts'
import { type Home, open, seal } from './crypto/seal.ts'
import { sha256 } from './crypto/sha256.ts'
import { type Epoch, startEpoch } from './epoch/start-epoch.ts'
import { factorsOf } from './factors/factors.ts'
import type { World } from './kernel/moment.ts'
import { listKeyRows } from './keys/key.store.ts'
import {
  listKeyEncryptionKeys,
  loadKeyEncryptionKey,
  loadKeyFiles,
  storeKeyFiles,
  wrappingKeysIn,
} from './keys/key-file.ts'
import { openKeyring } from './keys/keyring.ts'
import type { KeyEncryptionKey } from './keys/wrapping-keys.ts'
import { record } from './log/record.ts'
import type { OpenParts } from './open-parts.ts'
import { operatorContext } from './operator-context.ts'
import { copySqlite, findDamage } from './storage/copy-sqlite.ts'
import { startError } from './storage/start-error.ts'
import type { Storage } from './storage/storage.ts'

const busyTimeoutMs = 5000

/**
 * Writes a backup of the embedded database, beside whatever server runs on it. It holds everything but the key-encryption
 * key, and is good for nothing without that one.
 * @throws StartError when there is a file of that name, or the database is not the embedded one
 */
export async function createBackup(config: Config, parts: OpenParts, target: string): Promise<Manifest> {
  if (config.databaseUrl) {
    throw startError(
      'The database is PostgreSQL: make its backups with pg_dump, and a copy of the key folder beside them.',
    )
  }
  const path = resolve(target)
  if (existsSync(path)) throw startError(`${path} is there already. Give another name.`)
  const { databaseKey } = loadKeyFiles(config.keyFolder, { mayCreate: false, random: parts.world.random })
  const keyEncryptionKey = await findOldestWrapper(config.keyFolder, parts.storage)
  const folder = mkdtempSync(join(dirname(path), `.${basename(path)}-`))
  try {
    const draft = join(folder, 'draft')
    const made_at = parts.world.now().toISOString()
    const key = config.encryptDatabase ? databaseKey : undefined
    copySqlite({ file: config.databaseFile, key, busyTimeoutMs }, draft, databaseKey)
    const about = { format: 1 as const, made_at, ...digestFile(draft), key_encryption_key: keyEncryptionKey.id }
    const sealed = seal(keyEncryptionKey, databaseKey, homeOfKey(about), parts.world)
    const manifest = { ...about, database_key: sealed.toString('base64') }
    sealOff(draft, manifest)
    linkSync(draft, path)
    syncFolder(dirname(path))
    const ctx = operatorContext(parts)
    await commit(ctx, [record(ctx, { type: 'backup.created', data: { sha256: about.sha256, bytes: about.bytes } })])
    return manifest
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Amid a rotation the newest has wrapped nothing yet: the backup is one of those from before, for which the old key is kept. */
async function findOldestWrapper(keyFolder: string, storage: Storage): Promise<KeyEncryptionKey> {
  const wrappers = new Set((await listKeyRows(storage)).map(({ wrapped_by }) => wrapped_by))
  const ids = listKeyEncryptionKeys(keyFolder)
  return loadKeyEncryptionKey(keyFolder, ids.findLast((id) => wrappers.has(id)) ?? ids[0] ?? '')
}

/** Changing anything of what a backup says of itself makes its key unreadable. */
function homeOfKey({
  format,
  made_at,
  bytes,
  sha256: digest,
  key_encryption_key,
}: Omit<Manifest, 'database_key'>): Home {
  const row = sha256(JSON.stringify([format, made_at, bytes, digest, key_encryption_key])).toString('hex')
  return { table: 'backup', row, column: 'database_key', tenant: '', purpose: 'database' }
}

interface Given {
  readonly world: World
  /** Where the key-encryption key is. */
  readonly keyFolder: string
}

/**
 * Takes a backup apart beside `beside`, looks at every page and at every key in it, and leaves nothing.
 * @throws StartError when anything is not as it was
 */
export async function verifyBackup(path: string, given: Given & { readonly beside: string }): Promise<Manifest> {
  const opened = openBackup(path, given.keyFolder)
  mkdirSync(given.beside, { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(given.beside, '.backup-'))
  try {
    const storage = await unpackAndOpen(path, opened, join(folder, 'database'))
    try {
      await openKeyring(storage, wrappingKeysIn(given.keyFolder), {
        now: given.world.now(),
        random: given.world.random,
      })
    } finally {
      await storage.close()
    }
    return opened.manifest
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface OpenBackup {
  readonly manifest: Manifest
  readonly keyEncryptionKey: KeyEncryptionKey
  readonly databaseKey: Uint8Array
}

function openBackup(path: string, keyFolder: string): OpenBackup {
  if (!existsSync(path)) throw startError(`There is no ${path}.`)
  const manifest = readManifest(path)
  const { key_encryption_key: wanted, database_key } = manifest
  let keyEncryptionKey: KeyEncryptionKey
  try {
    keyEncryptionKey = loadKeyEncryptionKey(keyFolder, wanted)
  } catch (cause) {
    throw startError(`The backup opens with the key-encryption key ${wanted}. ${(cause as Error).message}`, cause)
  }
  try {
    const find = (id: string) => (id === keyEncryptionKey.id ? keyEncryptionKey.key : undefined)
    const databaseKey = open(find, Buffer.from(database_key, 'base64'), homeOfKey(manifest))
    return { manifest, keyEncryptionKey, databaseKey }
  } catch (cause) {
    throw startError(
      `The backup does not open with the key-encryption key ${keyEncryptionKey.id} in ${keyFolder}: it needs the ${wanted} of the installation that it was made by, or what it says of itself was changed.`,
      cause,
    )
  }
}

async function unpackAndOpen(path: string, { manifest, databaseKey }: OpenBackup, target: string): Promise<Storage> {
  unpack(path, manifest, target)
  const file = { file: target, key: databaseKey, busyTimeoutMs }
  const damage = findDamage(file)
  if (damage !== undefined) throw startError(`The database in ${path} is damaged: ${damage}. Take another backup.`)
  const { openSqlite } = await import('./storage/open-sqlite.ts')
  return openSqlite({ ...file, exclusive: true, nowMs: 0 })
}

/**
 * Makes a data folder of a backup: keys and database, in which nothing is good any more that was used or ended since the
 * backup was made. A server can be started on it.
 * @throws StartError; the folder has no database then
 */
export async function restoreBackup(
  path: string,
  config: Config,
  given: Given,
): Promise<{ readonly manifest: Manifest; readonly epoch: Epoch }> {
  const { dataFolder, databaseFile, keyFolder } = config
  if (config.databaseUrl) throw startError('A backup is restored into a folder. Unset GATEHOUSE_DATABASE_URL.')
  if (!config.encryptDatabase) throw startError('A restored database is encrypted. Unset GATEHOUSE_ENCRYPT_DATABASE.')
  const opened = openBackup(path, given.keyFolder)
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const others = readdirSync(dataFolder).filter((name) => name !== 'keys' && name !== 'lost+found')
  if (others.length > 0) throw startError(`${dataFolder} is not empty (${others[0]}). Give an empty folder.`)
  // Made while the key-encryption key was rotated, it needs more than one.
  const older = listKeyEncryptionKeys(given.keyFolder).filter((id) => id !== opened.keyEncryptionKey.id)
  const keyEncryptionKeys = [
    opened.keyEncryptionKey,
    ...older.map((id) => loadKeyEncryptionKey(given.keyFolder, id)),
  ] as const
  storeKeyFiles(keyFolder, { keyEncryptionKeys, databaseKey: opened.databaseKey }, given.world)
  // The server removes what is left of it if this is cut off.
  const folder = mkdtempSync(`${databaseFile}.new-`)
  try {
    const draft = join(folder, 'database')
    const storage = await unpackAndOpen(path, opened, draft)
    const epoch = await startEpochOn(storage, opened.manifest, given)
    linkSync(draft, databaseFile)
    syncFolder(dataFolder)
    return { manifest: opened.manifest, epoch }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function startEpochOn(storage: Storage, manifest: Manifest, { world, keyFolder }: Given): Promise<Epoch> {
  try {
    const keys = await openKeyring(storage, wrappingKeysIn(keyFolder), { now: world.now(), random: world.random })
    const tools = { keys, factors: allFactors() }
    return await startEpoch(operatorContext({ storage, world }), tools, new Date(manifest.made_at))
  } finally {
    await storage.close()
  }
}

/** Nobody enrols here, so it does not matter where people reach the server. */
function allFactors() {
  return factorsOf({ policy: defaultPolicy(), passkeys: undefined, publicUrl: '' })
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

/** For a database that was put back by other means. Nobody may serve it before this is done. */
export function startEpochHere({ storage, world, keys }: OpenParts, madeAt: Date): Promise<Epoch> {
  return startEpoch(operatorContext({ storage, world }), { keys, factors: allFactors() }, madeAt)
}
