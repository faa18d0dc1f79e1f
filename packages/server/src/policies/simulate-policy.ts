import type { Parsed } from '@gatehouse/contract/operation'
import type { TenantRules } from '@gatehouse/contract/policy-operations'
import {
  type simulatePolicy as Contract,
  namedAtMost,
  SimulatedOutcome,
  type Simulation,
} from '@gatehouse/contract/simulation-operations'
import type { Context } from '../context.ts'
import { isReal, listActiveFactors } from '../factors/list-factors.ts'
import { dayMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import { noteReading } from '../log/note-reading.ts'
import { walkSignIns } from '../log/walk-sign-ins.ts'
import { judgeRisk } from '../risk/judge-risk.ts'
import { familiarMs } from '../risk/past.ts'
import { type PastSignIn, replay } from '../risk/replay.ts'
import { findUserById } from '../users/find-user-by-id.ts'
import { applyChange, getPolicy } from './change-policy.ts'
import { outcomeOf } from './outcome-of.ts'

/**
 * Runs other rules over the sign-ins of the record, beside the rules as they are, and says what would have been. It
 * changes nothing but the note that somebody has read the record. What went before the time that is asked about is
 * read, too: without a past everything is new.
 */
export async function simulatePolicy(
  ctx: Context,
  { change, last_days }: Parsed<typeof Contract>,
): Promise<Simulation> {
  await noteReading(ctx, 'dry_run', {})
  const until = ctx.now.getTime()
  const since = until - last_days * dayMs
  const before = await getPolicy(ctx)
  const rules = { before, after: applyChange(before, change) }
  const step = replay(ctx.findPlace)
  const peopleOf = rememberPeople(ctx)
  const found = newTally()
  for await (const event of walkSignIns(ctx, since - familiarMs)) {
    const signIn = step(event)
    if (!signIn || event.at < since) continue
    tallySignIn(found, signIn, rules, await peopleOf(signIn.userId))
  }
  return show(found, { since, until })
}

/** What somebody can show today. */
interface Person {
  readonly factors: readonly { readonly type: string; readonly confirmed_at: number | null }[]
  readonly isReached: boolean
}

/** What each user has today, read once. */
function rememberPeople(ctx: Context) {
  const known = new Map<string, Person>()
  return async (id: string): Promise<Person> => {
    const before = known.get(id)
    if (before) return before
    const user = await findUserById(ctx, id as UserId)
    const isReached = user?.email != null && user.email_verified_at !== null
    const person = { factors: await listActiveFactors(ctx, id as UserId), isReached }
    known.set(id, person)
    return person
  }
}

const sides = ['before', 'after'] as const
const kinds = [...SimulatedOutcome.options, 'notified'] as const
type Kind = (typeof kinds)[number]
interface Counted {
  signIns: number
  readonly people: Set<string>
}

interface Tally {
  readonly all: Counted
  readonly counts: Readonly<Record<(typeof sides)[number], Readonly<Record<Kind, Counted>>>>
  readonly bare: Set<string>
  /** Who came in by at least one sign-in, under the rules of the record and under the others. */
  readonly cameIn: Set<string>
  readonly wouldComeIn: Set<string>
  readonly changed: Simulation['changed']
}

function newTally(): Tally {
  const none = (): Counted => ({ signIns: 0, people: new Set() })
  const each = () => Object.fromEntries(kinds.map((kind) => [kind, none()])) as Record<Kind, Counted>
  return {
    all: none(),
    counts: { before: each(), after: each() },
    bare: new Set(),
    cameIn: new Set(),
    wouldComeIn: new Set(),
    changed: [],
  }
}

function tallySignIn(
  tally: Tally,
  { event, userId, facts, past, amr, succeeded }: PastSignIn,
  rules: Readonly<Record<(typeof sides)[number], TenantRules>>,
  { factors, isReached }: Person,
): void {
  const shown = { amr, factors, isReached, isKnownDevice: facts.isKnownDevice }
  const judge = (side: (typeof sides)[number]) => {
    const verdict = judgeRisk(facts, past, rules[side].risk)
    const outcome = outcomeOf(rules[side], verdict, shown)
    add(tally.counts[side][outcome], userId)
    if (verdict.decision !== 'allow' && outcome !== 'refused') add(tally.counts[side].notified, userId)
    return { ...verdict, outcome }
  }
  const [was, is] = [judge('before'), judge('after')]
  add(tally.all, userId)
  const mustShow = is.decision === 'require_mfa' || is.decision === 'require_stronger'
  if ((mustShow || is.outcome === 'enrolment_demanded') && !factors.some(isReal)) tally.bare.add(userId)
  if (succeeded) tally.cameIn.add(userId)
  if (is.outcome !== 'refused') tally.wouldComeIn.add(userId)
  if (was.outcome === is.outcome || tally.changed.length >= namedAtMost) return
  const { score, reasons, decision } = is
  const at = new Date(event.at).toISOString()
  const after = { score, reasons: [...reasons], decision, before: was.outcome, after: is.outcome }
  tally.changed.push({ event_id: event.id, user_id: userId, at, ...after })
}

function add(counted: Counted, userId: string): void {
  counted.signIns++
  counted.people.add(userId)
}

function show(tally: Tally, { since, until }: { readonly since: number; readonly until: number }): Simulation {
  const count = ({ signIns, people }: Counted) => ({ sign_ins: signIns, people: people.size })
  const side = (counts: Readonly<Record<Kind, Counted>>) =>
    Object.fromEntries(kinds.map((kind) => [kind, count(counts[kind])])) as Simulation['before']
  const name = (people: ReadonlySet<string>) => ({ people: people.size, user_ids: [...people].slice(0, namedAtMost) })
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    ...count(tally.all),
    before: side(tally.counts.before),
    after: side(tally.counts.after),
    nothing_enrolled: name(tally.bare),
    locked_out: name(tally.cameIn.difference(tally.wouldComeIn)),
    changed: tally.changed,
  }
}
