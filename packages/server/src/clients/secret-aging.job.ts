import { type Context, commit } from '../context.ts'
import type { Job } from '../jobs/job.ts'
import { dayMs, hourMs, secondMs } from '../kernel/durations.ts'
import { record } from '../log/record.ts'
import { listAgingSecrets, noteAge } from './client.store.ts'
import { type AgeLimits, ageOfSecret } from './secret-age.ts'

const batch = 100

/** Says of each secret once that it is due to be rotated, and once that the time for it has passed. It takes nothing away. */
export function secretAgingJob(limits: AgeLimits): Job {
  return {
    name: 'secret aging',
    // A new day begins for somebody each hour; what is on record already is not looked at again.
    everyMs: hourMs,
    async run(ctx) {
      const dueBefore = ctx.now.getTime() - limits.secretAgeDays * dayMs
      const overdueBefore = dueBefore - limits.secretOverlapSeconds * secondMs
      const rows = await listAgingSecrets(ctx.db, dueBefore, overdueBefore, batch)
      for (const row of rows) await putOnRecord(ctx, row, limits)
      return rows.length < batch ? 'done' : 'again'
    },
  }
}

type Aging = Awaited<ReturnType<typeof listAgingSecrets>>[number]

async function putOnRecord(by: Context, secret: Aging, limits: AgeLimits): Promise<void> {
  const ctx = { ...by, tenantId: secret.tenant_id }
  const age = ageOfSecret(secret, ctx.now, limits)
  if (age === 'fresh') return
  const days = Math.floor((ctx.now.getTime() - secret.created_at) / dayMs)
  const about = { client_id: secret.client_id, slug: secret.slug, secret_id: secret.id }
  await commit(ctx, [
    noteAge({ id: secret.id, age }),
    record(ctx, { type: 'client.secret_aging', data: { ...about, age, days } }),
  ])
}
