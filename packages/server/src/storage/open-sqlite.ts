import { existsSync } from 'node:fs'
import type Database from 'better-sqlite3-multiple-ciphers'
import { checkFile } from './check-sqlite-file.ts'
import { createCompiler } from './compile.ts'
import type { CounterRecord, Counters, Owed } from './counters.ts'
import { readJournal } from './journal.ts'
import { createMemoryCounters } from './memory-counters.ts'
import { openConnection } from './sqlite-connection.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { prepareFile } from './sqlite-file.ts'
import { createSqliteLedger } from './sqlite-ledger.ts'
import { lockForServer, wouldLeaveLock } from './sqlite-lock.ts'
import { sqliteReader } from './sqlite-reader.ts'
import type { Committed, Storage } from './storage.ts'
import type { Write } from './write.ts'
import { startWriterThread } from './writer-thread.ts'

export interface SqliteOptions {
  readonly file: string
  /** 32 bytes that encrypt the file (AEGIS-256, raw key), or undefined for one in the clear. */
  readonly key: Uint8Array | undefined
  /**
   * The one server of this file. Refused when there is another. Without it the file is opened beside a running server,
   * as the command line does; counters are then not to be had, because they are in the memory of the server.
   */
  readonly exclusive: boolean
  /** Counts that have expired by now are not taken back into memory. */
  readonly nowMs: number
  /** Units that may wait for their commit; past it `overloaded`. */
  readonly queueLimit?: number
  /** How long a commit waits for another process that writes. */
  readonly busyTimeoutMs?: number
  /** For tests and the bench: makes each commit last longer, as a slower disk would. */
  readonly syncDelayMs?: number
}

/**
 * Opens the file, making it or bringing it to the newest schema first. Reads run on this thread and are never held up
 * by a commit; a writer thread puts the units that wait into one commit.
 * @throws StartError when the file cannot be used; it is then as it was
 */
export async function openSqlite(options: SqliteOptions): Promise<Storage> {
  if (options.key && options.key.length !== 32) throw new Error('the key of a database has 32 bytes')
  const file = { file: options.file, key: options.key, busyTimeoutMs: options.busyTimeoutMs ?? 5000 }
  const compiler = createCompiler(sqliteDialect())
  const writer = startWriterThread(compiler, options.queueLimit ?? 4096)
  const open: { close(): unknown }[] = [writer]
  try {
    // A file that is not ours is told so before a lock is left beside it.
    if (options.exclusive && existsSync(options.file) && wouldLeaveLock(options.file)) checkFile(file)
    if (options.exclusive) open.push(lockForServer(options.file))
    await prepareFile(file)
    // Not waited for: the file has been looked at, and a commit that comes early waits in the thread's queue.
    writer.open(file, { syncDelayMs: options.syncDelayMs ?? 0 })
    const db = openConnection(file, { mode: 'readonly', cacheMiB: 32 })
    open.unshift(db)
    const ledger = createSqliteLedger(db, (writes) => writer.commit(writes, []))
    async function commitWithTexts(writes: readonly Write[], owed: readonly Owed[]): Promise<Committed> {
      const records = owed.filter(isRecord)
      const kept = owed.filter((each): each is Write => !isRecord(each))
      // Two units of one turn are in one commit, and the first stays whatever becomes of the second.
      const counts = writer.commit(ledger.condense(kept), records)
      const both = [counts, ...(writes.length > 0 ? [writer.commit(writes, [])] : [])]
      const [, committed = { done: true as const }] = await Promise.all(both).finally(() => ledger.settle(kept))
      return committed
    }
    const counters = options.exclusive ? restoreCounters(db, options.nowMs) : countersElsewhere
    return {
      engine: 'sqlite',
      counters: { ...counters, update: ledger.update },
      ...sqliteReader(db, compiler),
      commit(writes, owed) {
        return owed.every(isRecord) ? writer.commit(writes, owed) : commitWithTexts(writes, owed)
      },
      isReady: () => writer.isReady(),
      close: () => closeAll(open),
    }
  } catch (error) {
    await closeAll(open)
    throw error
  }
}

/** A count in memory owes a record of the journal, a kept text owes a write. */
function isRecord(owed: Owed): owed is CounterRecord {
  return 'expiresAt' in owed
}

/** The reader first, so that the writer is the last to leave and folds the log into the file. */
async function closeAll(open: readonly { close(): unknown }[]): Promise<void> {
  for (const each of open) await each.close()
}

function restoreCounters(db: Database.Database, nowMs: number): Omit<Counters, 'update'> {
  const counters = createMemoryCounters()
  for (const records of readJournal(db)) counters.restore(records, nowMs)
  return counters
}

/** Refusing is all that can be done: what was counted is in the memory of another process. */
const countersElsewhere: Omit<Counters, 'update'> = {
  hit: () => Promise.reject(new Error('counters belong to the server of this file')),
  once: () => Promise.reject(new Error('counters belong to the server of this file')),
}
