import type { getServiceLevels as Contract, ServiceLevel } from '@gatehouse/contract/level-operations'
import {
  boundsMs,
  type EnrollmentStep,
  enrollmentSteps,
  judgeLabel,
  type LevelName,
  levelNames,
  levels,
  shareOf,
} from '@gatehouse/contract/levels'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { listMarks, type MarkRow, type Sum, sumCounts } from './level.store.ts'
import { burnMark, failingMark, pushLevels } from './marks.ts'
import { spansMs } from './tally.ts'

const usualMs = 30 * dayMs

/** By what it is counted that lies so far back. */
function spanOf(backMs: number): number {
  if (backMs <= 2 * dayMs) return spansMs.short
  return backMs <= 14 * dayMs ? spansMs.hour : spansMs.day
}

/** How well the service did what it promises. Reads sums, and few of them, however long the record is. */
export async function getServiceLevels(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const now = ctx.now.getTime()
  const until = input.until === undefined ? now + 1 : Date.parse(input.until)
  const asked = input.since === undefined ? now - usualMs : Date.parse(input.since)
  const span = spanOf(now - asked)
  const since = Math.floor(asked / span) * span
  const all = await sumCounts(ctx.db, { span_ms: span, since, until })
  const sums = all.filter(({ tenant_id: id }) => id === ctx.tenantId)
  const marks = (await listMarks(ctx.db)).filter(({ tenant_id: id }) => id === ctx.tenantId)
  return {
    since: new Date(since).toISOString(),
    until: new Date(Math.min(until, now)).toISOString(),
    levels: levelNames.map((name) => describeLevel(name, { sums, marks })),
    enrollment_funnel: funnelOf(sums),
    failing_transports: pushLevels.flatMap(([, transport]) =>
      marks.some(({ name }) => name === failingMark(transport)) ? [transport] : [],
    ),
  }
}

interface Found {
  readonly sums: readonly Sum[]
  readonly marks: readonly MarkRow[]
}

function describeLevel(name: LevelName, { sums, marks }: Found): ServiceLevel {
  const level: { readonly objective: number; readonly sentence: string; readonly withinMs?: number } = levels[name]
  const counted = sums.filter(({ measure }) => measure === name)
  const sumOf = (verdict: 'good' | 'bad') =>
    counted.reduce((sum, { label, count }) => (judgeLabel(name, label) === verdict ? sum + count : sum), 0)
  const outcome = { good: sumOf('good'), bad: sumOf('bad') }
  const share = shareOf(outcome)
  const isTime = level.withinMs !== undefined
  const allowed = (outcome.good + outcome.bad) * (1 - level.objective / 100)
  const mark = marks.find((each) => each.name === burnMark(name))
  return {
    name,
    sentence: level.sentence,
    objective: level.objective,
    within_ms: level.withinMs ?? null,
    ...outcome,
    value: share === undefined ? null : round(share, 1000),
    met: share === undefined ? null : share >= level.objective,
    budget_left: share === undefined ? null : round(1 - outcome.bad / allowed, 1000),
    burning: mark ? (mark.state === 'slow' ? 'slow' : 'fast') : null,
    p50_ms: isTime ? quantileOf(counted, 0.5) : null,
    p95_ms: isTime ? quantileOf(counted, 0.95) : null,
    p99_ms: isTime ? quantileOf(counted, 0.99) : null,
    counted: Object.fromEntries(counted.map(({ label, count }) => [label, count])),
  }
}

/** The bound that so many did not exceed; null where they exceeded all, or there were none. */
export function quantileOf(
  counted: readonly { readonly label: string; readonly count: number }[],
  part: number,
): number | null {
  const timed = counted.filter(({ label }) => label !== 'server_error')
  const all = timed.reduce((sum, { count }) => sum + count, 0)
  let seen = 0
  for (const bound of boundsMs) {
    seen += timed.find(({ label }) => label === String(bound))?.count ?? 0
    if (all > 0 && seen >= all * part) return bound
  }
  return null
}

type Steps = Record<EnrollmentStep, number>

function funnelOf(sums: readonly Sum[]): ({ type: string } & Steps)[] {
  const byType = new Map<string, Steps>()
  for (const { measure, label, count } of sums) {
    if (measure !== 'enrollment_steps') continue
    const [type = '', step = ''] = label.split(' ')
    const steps = byType.get(type) ?? (Object.fromEntries(enrollmentSteps.map((each) => [each, 0])) as Steps)
    byType.set(type, { ...steps, [step]: count })
  }
  return Array.from(byType, ([type, steps]) => ({ type, ...steps }))
}

function round(value: number, to: number): number {
  return Math.round(value * to) / to
}
