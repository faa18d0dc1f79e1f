import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type Database from 'better-sqlite3-multiple-ciphers'
import { Kysely, SqliteDialect } from 'kysely'
import { checkFile } from './check-sqlite-file.ts'
import { copySqlite } from './copy-sqlite.ts'
import { migrate } from './migrations.ts'
import { openConnection, type SqliteFile } from './sqlite-connection.ts'
import { startError } from './start-error.ts'

/**
 * Sees to it that the file is there, opens with its key, is whole and has the newest schema.
 * @throws StartError when it cannot be so; the file is then as it was
 */
export async function prepareFile(options: SqliteFile): Promise<void> {
  checkAccess(options.file)
  if (!existsSync(options.file)) await createFile(options)
  const { missing } = checkFile(options)
  const [first] = missing
  if (first === undefined) return
  keepCopy(options, `${options.file}.before-${first}`)
  await changeFile(options, migrateFile)
}

/** Forward is the only way a schema goes: what was before is there to go back to. */
function keepCopy(options: SqliteFile, path: string): void {
  // One that is there already is of an attempt that failed, and as good.
  if (existsSync(path)) return
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  copySqlite(options, draft, options.key)
  chmodSync(draft, 0o600)
  renameSync(draft, path)
}

function checkAccess(file: string): void {
  try {
    accessSync(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK)
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
  } catch (cause) {
    throw startError(
      `The database ${file} cannot be written. Check that its folder is there and that this user may write in it.`,
      cause,
    )
  }
}

/** The file gets its name when it is complete, so that one which is empty or has no tables is a damaged one. */
async function createFile(options: SqliteFile): Promise<void> {
  let folder: string | undefined
  try {
    folder = mkdtempSync(`${options.file}.new-`)
    const file = join(folder, 'database')
    writeFileSync(file, '', { mode: 0o600 })
    await changeFile({ ...options, file }, async (db) => {
      db.pragma('journal_mode = wal')
      await migrateFile(db)
    })
    // Unlike a rename, this fails when another process has made one in the meantime.
    linkSync(file, options.file)
    syncFolder(dirname(options.file))
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    if (!existsSync(options.file)) throw startError(`The database ${options.file} cannot be made: ${reason}.`, error)
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true })
  }
}

/** Otherwise a power cut could take the name of a new file away. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

async function changeFile(options: SqliteFile, change: (db: Database.Database) => Promise<void>): Promise<void> {
  const db = openConnection(options, { mode: 'write', cacheMiB: 8 })
  try {
    await change(db)
  } finally {
    db.close()
  }
}

async function migrateFile(db: Database.Database): Promise<void> {
  // Before looking at what is missing: of two processes that start at once, the second one finds nothing to do.
  db.exec('begin immediate')
  await migrate(new Kysely({ dialect: new SqliteDialect({ database: db }) }), { inOwnTransaction: false })
  db.exec('commit')
}
