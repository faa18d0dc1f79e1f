import { type Context, commit } from '../context.ts'
import type { Job } from '../jobs/job.ts'
import { dayMs, hourMs } from '../kernel/durations.ts'
import { record } from '../log/record.ts'
import { type FactorRow, listAgingFactors, noteRenewal } from './factor.store.ts'
import { nextNote } from './factor-age.ts'
import { listActiveFactors, listAskable } from './list-factors.ts'

const batch = 100

/** Says that a factor must be enrolled again, 60, 14 and 3 days before and when its time is over. It takes nothing away. */
export function factorAgingJob(): Job {
  return {
    name: 'factor aging',
    everyMs: hourMs,
    async run(ctx) {
      const rows = await listAgingFactors(ctx.db, ctx.now.getTime(), batch)
      for (const row of rows) await putOnRecord({ ...ctx, tenantId: row.tenant_id }, row)
      return rows.length < batch ? 'done' : 'again'
    },
  }
}

async function putOnRecord(ctx: Context, row: FactorRow): Promise<void> {
  if (row.renew_by === null) return
  const note = noteRenewal({
    id: row.id,
    seen: row.renewal_note_at,
    renewal_note_at: nextNote(row.renew_by, ctx.now),
  })
  const about = { factor_id: row.id, factor_type: row.type, ends: new Date(row.renew_by).toISOString() }
  const daysLeft = Math.ceil((row.renew_by - ctx.now.getTime()) / dayMs)
  if (daysLeft > 0) {
    const data = { ...about, days_left: daysLeft }
    await commit(ctx, [note, record(ctx, { type: 'factor.expiring', userId: row.user_id, data })])
    return
  }
  const askable = listAskable(await listActiveFactors(ctx, row.user_id), ctx.now)
  const data = { ...about, goes_on: askable.some(({ id }) => id === row.id) }
  await commit(ctx, [note, record(ctx, { type: 'factor.expired', userId: row.user_id, data })])
}
