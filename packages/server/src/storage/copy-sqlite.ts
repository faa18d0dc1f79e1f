import { openConnection, type SqliteFile } from './sqlite-connection.ts'

/**
 * Copies the file as it is at one moment, beside whatever server writes to it, into a new file. One that is not encrypted
 * may be encrypted on the way, with `copyKey`.
 */
export function copySqlite(from: SqliteFile, target: string, copyKey: Uint8Array | undefined): void {
  const db = openConnection(from, { mode: 'readonly', cacheMiB: 8 })
  try {
    db.prepare('vacuum into ?').run(target)
  } finally {
    db.close()
  }
  if (from.key || !copyKey) return
  const copy = openConnection({ ...from, file: target }, { mode: 'write', cacheMiB: 8 })
  try {
    copy.pragma(`cipher = 'aegis'`)
    copy.pragma(`rekey = 'raw:${Buffer.from(copyKey).toString('hex')}'`)
  } finally {
    copy.close()
  }
}

/** What is wrong with a file: every page and every index is looked at. Undefined when nothing is. */
export function findDamage(file: SqliteFile): string | undefined {
  const db = openConnection(file, { mode: 'readonly', cacheMiB: 8 })
  try {
    const verdict = db.pragma('integrity_check(1)', { simple: true })
    return verdict === 'ok' ? undefined : String(verdict)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    db.close()
  }
}
