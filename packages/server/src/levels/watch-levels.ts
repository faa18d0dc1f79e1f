import { isMet, type LevelName, levelNames } from '@gatehouse/contract/levels'
import type { Policy } from '@gatehouse/contract/policy'
import type { PushTransport } from '@gatehouse/contract/push-operations'
import { type Context, commit } from '../context.ts'
import { hourMs } from '../kernel/durations.ts'
import type { TenantId } from '../kernel/ids.ts'
import type { NewEvent } from '../log/new-event.ts'
import { record } from '../log/record.ts'
import { judgeBurn, type Outcome, type Outcomes, outcomesOf, windows } from './judge-burn.ts'
import { dropMark, insertMark, listMarks, type MarkRow, moveMark, type Sum, sumCounts } from './level.store.ts'
import { burnMark, failingMark, pushLevels } from './marks.ts'
import { spansMs } from './tally.ts'

type OfTenants = ReadonlyMap<TenantId, ReadonlyMap<LevelName, Outcome>>

/**
 * Says on record when a level begins to burn and when a push transport begins to fail, and when that is over. What is on record
 * becomes an alert.
 */
export async function watchLevels(ctx: Context, policy: Policy): Promise<void> {
  const marks = await listMarks(ctx.db)
  const counted = {
    minutes5: await countOver(ctx, windows.minutes5),
    minutes30: await countOver(ctx, windows.minutes30),
    hours1: await countOver(ctx, windows.hours1),
    hours6: await countOver(ctx, windows.hours6),
    days3: await countOver(ctx, windows.days3),
  }
  const pushed = await countOver(ctx, { lengthMs: policy.pushRateHours * hourMs, spanMs: spansMs.short })
  const marked = marks.flatMap(({ tenant_id: id }) => (id === '' ? [] : [id]))
  for (const tenantId of new Set([...counted.days3.keys(), ...pushed.keys(), ...marked])) {
    const own = { ...ctx, tenantId }
    const findMark = (name: string) => marks.find((mark) => mark.tenant_id === tenantId && mark.name === name)
    for (const level of levelNames) {
      const of = (tenants: OfTenants) => tenants.get(tenantId)?.get(level) ?? nothing
      const outcomes: Outcomes = {
        minutes5: of(counted.minutes5),
        minutes30: of(counted.minutes30),
        hours1: of(counted.hours1),
        hours6: of(counted.hours6),
        days3: of(counted.days3),
      }
      await tellBurn(own, policy, { level, outcomes, mark: findMark(burnMark(level)) })
    }
    for (const [level, transport] of pushLevels) {
      const outcome = pushed.get(tenantId)?.get(level) ?? nothing
      await tellTransport(own, policy, { level, transport, outcome, mark: findMark(failingMark(transport)) })
    }
  }
}

/** Good and bad of every tenant, from the span in which the time began to now. */
async function countOver(ctx: Context, time: { readonly lengthMs: number; readonly spanMs: number }) {
  const until = ctx.now.getTime() + 1
  const since = Math.floor((until - time.lengthMs) / time.spanMs) * time.spanMs
  const byTenant = new Map<TenantId, Sum[]>()
  for (const sum of await sumCounts(ctx.db, { span_ms: time.spanMs, since, until })) {
    byTenant.set(sum.tenant_id, [...(byTenant.get(sum.tenant_id) ?? []), sum])
  }
  return new Map(Array.from(byTenant, ([tenantId, sums]) => [tenantId, outcomesOf(sums)]))
}

interface Seen {
  readonly mark: MarkRow | undefined
}

async function tellBurn(
  ctx: Context,
  policy: Policy,
  { level, outcomes, mark }: Seen & { readonly level: LevelName; readonly outcomes: Outcomes },
): Promise<void> {
  const burn = judgeBurn(level, outcomes, policy)
  if (!burn) {
    if (mark) await say(ctx, mark, undefined, { type: 'level.recovered', data: { reason: level } })
    return
  }
  // What burns slowly and then fast is told twice; what has burnt fast is not told again because it goes on slowly.
  if (mark && (mark.state === burn.pace || mark.state === 'fast')) return
  const { pace, window, good, bad } = burn
  const data = { reason: level, pace, window, rate: Math.round(burn.rate * 10) / 10, good, bad }
  await say(ctx, mark, { name: burnMark(level), state: pace }, { type: 'level.burning', data })
}

/**
 * Devices of a transport that delivers less than its level promises are offered last, until it delivers again, or too few have
 * been asked by it to say that it does not: then it is tried again.
 */
async function tellTransport(
  ctx: Context,
  { pushRateRequests }: Policy,
  seen: Seen & { readonly level: LevelName; readonly transport: PushTransport; readonly outcome: Outcome },
): Promise<void> {
  const { level, transport, outcome, mark } = seen
  const isFailing = outcome.good + outcome.bad >= pushRateRequests && !isMet(level, outcome)
  if (isFailing === (mark !== undefined)) return
  const data = { reason: transport, delivered: outcome.good, missed: outcome.bad }
  const after = isFailing ? { name: failingMark(transport), state: 'failing' } : undefined
  await say(ctx, mark, after, { type: isFailing ? 'push.transport_failing' : 'push.transport_recovered', data })
}

/** The event and its mark in one commit: of two nodes one says it. */
async function say(
  ctx: Context,
  before: MarkRow | undefined,
  after: Pick<MarkRow, 'name' | 'state'> | undefined,
  event: NewEvent,
): Promise<void> {
  const at = Math.max(ctx.now.getTime(), (before?.at ?? 0) + 1)
  const seen = before ? [dropMark({ tenant_id: ctx.tenantId, name: before.name, at: before.at })] : []
  const kept = { tenant_id: ctx.tenantId, at }
  const change = after && before ? [moveMark({ ...kept, ...after, seen_at: before.at })] : []
  const made = after && !before ? [insertMark({ ...kept, ...after })] : []
  await commit(ctx, [...(after ? [...change, ...made] : seen), record(ctx, event)])
}

const nothing: Outcome = { good: 0, bad: 0 }
