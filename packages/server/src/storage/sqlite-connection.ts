import Database from 'better-sqlite3-multiple-ciphers'

/** Which file, and what opens it. */
export interface SqliteFile {
  readonly file: string
  /** 32 bytes, used as they are (AEGIS-256, raw key); undefined for a file that is not encrypted. */
  readonly key: Uint8Array | undefined
  /** How long to wait for another process that writes. */
  readonly busyTimeoutMs: number
}

/** Opens one connection. A wrong key shows with the first statement, not here. */
export function openConnection(
  { file, key, busyTimeoutMs }: SqliteFile,
  options: { readonly mode: 'write' | 'readonly'; readonly cacheMiB: number },
): Database.Database {
  const readonly = options.mode === 'readonly'
  const db = new Database(file, { readonly, fileMustExist: true, timeout: busyTimeoutMs })
  if (key) {
    db.pragma(`cipher = 'aegis'`)
    db.pragma(`key = 'raw:${Buffer.from(key).toString('hex')}'`)
  }
  // What does not fit into memory must not go to a temporary file: those are not ours to encrypt.
  db.pragma('temp_store = memory')
  db.pragma(`cache_size = ${-1024 * options.cacheMiB}`)
  db.pragma('synchronous = full')
  return db
}

const storageFailures = /^SQLITE_(FULL|IOERR|READONLY|BUSY|LOCKED|CANTOPEN|CORRUPT|NOTADB|PERM|NOMEM|PROTOCOL)/

/** Whether the fault lies with the file or the disk and not with the statement. */
export function isStorageFailure(error: unknown): boolean {
  return storageFailures.test(sqliteCode(error) ?? '')
}

/** Whether a value that must be unique is another row's already. */
export function isTaken(error: unknown): boolean {
  return /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(sqliteCode(error) ?? '')
}

/** SQLite's own word for what went wrong. */
export function sqliteCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
