import { statSync } from 'node:fs'
import type Database from 'better-sqlite3-multiple-ciphers'
import { missingAfter } from './migrations.ts'
import { openConnection, type SqliteFile, sqliteCode } from './sqlite-connection.ts'
import { startError } from './start-error.ts'

/** Up to this size every page is looked at: some 15 ms when encrypted. */
const smallFileBytes = 4 * 1024 * 1024

const pageBytes = 4096

/**
 * Looks at an existing file and changes nothing in it; an empty log may stay beside it.
 * Which migrations it lacks.
 * @throws StartError when it does not open with its key, is damaged, or belongs to a newer version
 */
export function checkFile(options: SqliteFile): { readonly missing: readonly string[] } {
  const { file } = options
  // SQLite would take this for a new database.
  if (statSync(file).size < pageBytes) throw damaged(file, 'it was cut off')
  try {
    return readFrom(options, (db) => {
      const applied = readApplied(db, file)
      checkWhole(db, file)
      return { missing: missingAfter(applied) }
    })
  } catch (error) {
    throw explain(error, options)
  }
}

function readApplied(db: Database.Database, file: string): string[] {
  if (!readSchema(db).includes('kysely_migration')) {
    throw startError(`The file ${file} is a database, but not one of Gatehouse. Give the path of another one.`)
  }
  return db.prepare<[], string>('select name from kysely_migration order by name').pluck().all()
}

function readSchema(db: Database.Database): string[] {
  return db.prepare<[], string>(`select name from sqlite_schema where type = 'table' and sql is not null`).pluck().all()
}

/** Every page of a small file; of a great one its size and the newest end of each table. */
function checkWhole(db: Database.Database, file: string): void {
  const size = statSync(file).size
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const expected = Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }))
  if (size + log < expected) throw damaged(file, `it has ${size} bytes of ${expected}`)
  if (expected <= smallFileBytes) {
    const verdict = db.pragma('quick_check(1)', { simple: true })
    if (verdict !== 'ok') throw damaged(file, String(verdict))
    return
  }
  for (const table of readSchema(db)) db.prepare(`select max(rowid) from "${table}"`).get()
}

function explain(error: unknown, options: SqliteFile): unknown {
  const { file } = options
  const code = sqliteCode(error)
  if (code === undefined) return error
  if (code === 'SQLITE_NOTADB') return explainUnreadable(options)
  if (code.startsWith('SQLITE_CORRUPT')) return damaged(file, 'its pages do not fit together', error)
  return startError(
    `The database ${file} cannot be read (${code}). Check the disk, and that no other program has it open.`,
    error,
  )
}

function explainUnreadable(options: SqliteFile): Error {
  const { file } = options
  if (options.key === undefined) {
    return startError(`The database ${file} is encrypted, or is none at all. Give the key that belongs to it.`)
  }
  if (isReadableWithoutKey(options)) {
    return startError(`The database ${file} is not encrypted, but a key was given. Turn encryption off to open it.`)
  }
  return startError(
    `The database ${file} does not open with this key. Give the key it was made with; if this is the one, the file is damaged: restore a backup.`,
  )
}

function isReadableWithoutKey(options: SqliteFile): boolean {
  try {
    readFrom({ ...options, key: undefined }, readSchema)
    return true
  } catch {
    return false
  }
}

function damaged(file: string, how: string, cause?: unknown): Error {
  return startError(`The database ${file} is damaged: ${how}. Nothing was changed; restore a backup.`, cause)
}

function readFrom<Result>(options: SqliteFile, use: (db: Database.Database) => Result): Result {
  const db = openConnection(options, { mode: 'readonly', cacheMiB: 8 })
  try {
    return use(db)
  } finally {
    db.close()
  }
}
