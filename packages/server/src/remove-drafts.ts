import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { minuteMs } from './kernel/durations.ts'

/** No first start takes as long. Younger drafts may be those of one that is under way. */
const oldestAtWork = 10 * minuteMs
const keyDraft = /^[a-z0-9]+\.key\.[0-9a-f]{16}\.tmp$/

/** Removes what a first start has left that was killed: an unfinished database, and keys that were never used. */
export function removeDrafts({ databaseFile, keyFolder }: Config, now: Date): void {
  const name = `${basename(databaseFile)}.new-`
  const drafts = [
    ...listNames(dirname(databaseFile), (entry) => entry.startsWith(name)),
    ...listNames(keyFolder, (entry) => keyDraft.test(entry)),
  ]
  for (const path of drafts) {
    const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime())
    if (age > oldestAtWork) rmSync(path, { recursive: true, force: true })
  }
}

function listNames(folder: string, isWanted: (entry: string) => boolean): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(isWanted)
    .map((entry) => join(folder, entry))
}
