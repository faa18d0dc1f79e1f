import type { Job } from '../jobs/job.ts'
import { dayMs, secondMs } from '../kernel/durations.ts'
import type { Keyring } from './keyring.ts'
import type { Found, SealedColumn } from './sealed-column.ts'

const rowsPerRun = 500

/** A walk through all sealed values, as far as it has come. */
interface Survey {
  readonly named: Set<string>
  /** Those at hand when it began. */
  readonly keyIds: readonly string[]
  column: number
  after: Found['row'] | undefined
}

/**
 * After the start, each day, and when a key is gone, each node sees which keys the data names: one that is missing is noticed
 * before it is needed.
 */
export function surveyKeysJob(keys: Keyring, columns: readonly SealedColumn[]): Job {
  let survey: Survey | undefined
  let last: { readonly at: number; readonly keyIds: readonly string[] } | undefined
  return {
    name: 'keys in the data',
    everyMs: 5 * secondMs,
    onEveryNode: true,
    async run(ctx) {
      const now = ctx.now.getTime()
      const isFresh = last !== undefined && now >= last.at && now - last.at < dayMs
      if (!survey && isFresh && last?.keyIds.every((id) => keys.dataKeyIds.includes(id))) return 'done'
      survey ??= { named: new Set(), keyIds: keys.dataKeyIds, column: 0, after: undefined }
      const column = columns[survey.column]
      if (column) {
        const found = await column.list(ctx.db, survey.after, rowsPerRun)
        for (const { keyId } of found) if (keyId !== undefined) survey.named.add(keyId)
        const isOver = found.length < rowsPerRun
        survey.after = isOver ? undefined : found.at(-1)?.row
        if (isOver) survey.column++
        return 'again'
      }
      // Another node may have made one meanwhile.
      await keys.refresh(ctx.now)
      const { named, keyIds } = survey
      survey = undefined
      // A key went while we walked: what it had sealed may have been sealed anew behind our back.
      if (!keyIds.every((id) => keys.dataKeyIds.includes(id))) return 'again'
      keys.expect(named)
      last = { at: now, keyIds: keys.dataKeyIds }
      return 'done'
    },
  }
}
