import { existsSync } from 'node:fs'
import type { Config } from './config.ts'
import { loadKeyFiles } from './keys/key-file.ts'

/**
 * The migrations that opening the database would apply, read without opening it for writing.
 * @throws StartError as opening it would
 */
export async function planUpgrade(config: Config): Promise<{ readonly missing: readonly string[] }> {
  const { databaseUrl, databaseFile, keyFolder, encryptDatabase } = config
  if (databaseUrl !== undefined) {
    const { planPostgres } = await import('./storage/open-postgres.ts')
    return { missing: await planPostgres(databaseUrl) }
  }
  const { checkFile } = await import('./storage/check-sqlite-file.ts')
  const { missingAfter } = await import('./storage/migrations.ts')
  if (!existsSync(databaseFile)) return { missing: missingAfter([]) }
  const noChance = () => {
    throw new Error('nothing is made here')
  }
  const { databaseKey } = loadKeyFiles(keyFolder, { mayCreate: false, random: noChance })
  const key = encryptDatabase ? databaseKey : undefined
  return { missing: checkFile({ file: databaseFile, key, busyTimeoutMs: 5000 }).missing }
}
