import { accessSync, constants, existsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3-multiple-ciphers'
import { sqliteCode } from './sqlite-connection.ts'
import { startError } from './start-error.ts'

function lockPath(file: string): string {
  return `${file}.lock`
}

/** Whether taking the lock would leave something where no server has been before. */
export function wouldLeaveLock(file: string): boolean {
  if (existsSync(lockPath(file))) return false
  try {
    accessSync(dirname(file), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Makes this process the only server of `file` until `close` or its end, however it ends: the lock is one of the
 * operating system, on an empty file beside it.
 * @throws StartError when another server holds it
 */
export function lockForServer(file: string): { close(): void } {
  const path = lockPath(file)
  let db: Database.Database | undefined
  try {
    if (!existsSync(path)) writeFileSync(path, '', { mode: 0o600 })
    db = new Database(path, { timeout: 0 })
    db.pragma('journal_mode = memory')
    db.exec('begin exclusive')
  } catch (cause) {
    db?.close()
    if (sqliteCode(cause)?.startsWith('SQLITE_BUSY')) {
      throw startError(
        `Another server is running on ${file}. Stop it first, or give this one a data folder of its own.`,
      )
    }
    throw startError(`The lock ${path} cannot be taken. Check that this user may write in its folder.`, cause)
  }
  const lock = db
  return { close: () => void lock.close() }
}
