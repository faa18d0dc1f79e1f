import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import * as first from './migrations/0001-first.ts'
import { startError } from './start-error.ts'

/** The one timeline for both engines, oldest first. A name is never changed after release. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
}

/**
 * The migrations that a database lacks that has had those `applied`, oldest first.
 * @throws StartError when it has had one that this program does not know
 */
export function missingAfter(applied: readonly string[]): readonly string[] {
  const unknown = applied.find((name) => !Object.hasOwn(migrations, name))
  if (unknown !== undefined) {
    throw startError(
      `The database was written by a newer Gatehouse (its schema has "${unknown}"). Start that version, or restore a backup made by this one; nothing was changed.`,
    )
  }
  return Object.keys(migrations).filter((name) => !applied.includes(name))
}

/** Applies what is missing, in order. Whoever calls holds off the other processes. */
// biome-ignore lint/suspicious/noExplicitAny: before a migration there is no schema to name
export async function migrate(db: Kysely<any>, options: { readonly inOwnTransaction: boolean }): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    disableTransactions: !options.inOwnTransaction,
  })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}
