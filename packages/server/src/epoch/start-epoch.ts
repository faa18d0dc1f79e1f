import { type Context, commit } from '../context.ts'
import { type FactorReader, openFactor, sealData } from '../factors/stored-factor.ts'
import { passOverStock } from '../hardware-tokens/pass-over-stock.ts'
import type { FactorId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { renameLog } from '../log/rename-log.ts'
import type { Write } from '../storage/write.ts'
import { dropFactor, endings, insertRestoration, listAllFactors, replaceFactorData } from './epoch.store.ts'

const factorsPerCommit = 500

/** How many factors were changed so that nothing used since is good again, and how many are gone. */
export interface Epoch {
  readonly changed: number
  readonly removed: number
}

/**
 * Makes a database that came out of a backup safe to serve. What happened after the backup was made is not known, so
 * whatever can have been spent or ended since is void: sessions, challenges, codes, passes, tokens. It may be begun again
 * when it was cut off; nothing must be served before it is done.
 */
export async function startEpoch(ctx: Context, tools: FactorReader, backupAt: Date): Promise<Epoch> {
  const canBeUsedUp = new Set<string>(tools.factors.filter(({ restore }) => restore).map(({ type }) => type))
  const count = { changed: 0, removed: 0 }
  for (let after = '' as FactorId; ; ) {
    const rows = await listAllFactors(ctx.db, after, factorsPerCommit)
    const last = rows.at(-1)
    if (!last) break
    const writes = rows.flatMap((row): Write[] => {
      if (row.confirmed_at === null || !canBeUsedUp.has(row.type)) return []
      const { kind, data } = openFactor(tools, row)
      if (!kind.restore) return []
      const left = kind.restore(ctx, data)
      count[left === undefined ? 'removed' : 'changed']++
      if (left === undefined) return [dropFactor(row)]
      return [replaceFactorData({ id: row.id, version: row.version, data: sealData(tools.keys, row, left, ctx) })]
    })
    await mustCommit(ctx, writes)
    after = last.id
  }
  await passOverStock(ctx, tools.keys)
  const at = ctx.now.getTime()
  await mustCommit(ctx, [
    ...endings.map((end) => end({ at })),
    insertRestoration({ at, backup_at: backupAt.getTime() }),
    ...(await renameLog(ctx, tools.keys)),
    record(ctx, { type: 'backup.restored', data: { backup_at: backupAt.toISOString(), ...count } }),
  ])
  return count
}

/** Nobody else is at work on the database, so a guard that fails is a server that should not be running. */
async function mustCommit(ctx: Context, writes: readonly Write[]): Promise<void> {
  const committed = await commit(ctx, writes)
  if (!committed.done)
    throw new Error(`something else changes the database (${committed.failed}); stop every server on it`)
}
