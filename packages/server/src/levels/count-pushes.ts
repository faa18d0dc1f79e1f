import { type Context, commit } from '../context.ts'
import { minuteMs } from '../kernel/durations.ts'
import { listEndedDeliveries } from '../push/list-ended-deliveries.ts'
import { insertMark, listMarks, moveMark } from './level.store.ts'
import { pushLevels } from './marks.ts'
import { writesOf } from './tally.ts'

const markName = 'push counted'
/** Whoever has fetched in time has been written down by then. */
const slackMs = minuteMs
const batch = 2000

/** Counts what became of requests to devices when they are over. True when there is more to count. */
export async function countPushes(ctx: Context): Promise<boolean> {
  const mark = (await listMarks(ctx.db)).find(({ tenant_id: id, name }) => id === '' && name === markName)
  const until = ctx.now.getTime() - slackMs
  if (!mark) {
    await commit(ctx, [insertMark({ tenant_id: '', name: markName, state: '', at: until })])
    return false
  }
  const { ended, countedTo } = await listEndedDeliveries(ctx.db, { after: mark.at, until, limit: batch })
  if (countedTo <= mark.at) return false
  const counts = ended.map(({ tenantId, transport, endedAt, isInTime }) => ({
    tenantId,
    at: endedAt,
    measure: pushLevels.find(([, each]) => each === transport)?.[0] ?? 'push_polling',
    label: isInTime ? 'delivered' : 'missed',
    count: 1,
  }))
  const moved = moveMark({ tenant_id: '', name: markName, state: '', at: countedTo, seen_at: mark.at })
  await commit(ctx, [moved, ...writesOf(counts)])
  return countedTo < until
}
