import type { AlertRuleName } from '@gatehouse/contract/alerts'
import { chanceOf } from '../chance.ts'
import type { Stage } from '../stage.ts'
import type { VirtualHouse } from '../virtual-house.ts'
import { closeAlerts } from '../watch-attack.ts'
import { type Account, openAccount } from './account.ts'
import { goThrough, type Steps } from './go-through-visit.ts'
import { makePeople, type Person } from './person.ts'
import { planVisits } from './visit.ts'

export interface HonestDays {
  readonly users: number
  readonly days: number
  readonly seed: number
}

/** What came of days on which nobody did any harm: every alert was a false one. */
export interface HonestTally extends HonestDays {
  readonly visits: number
  readonly alerts: ReadonlyMap<AlertRuleName, number>
  /** In how many sign-ins each reason stands. */
  readonly reasons: ReadonlyMap<string, number>
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** How often an administrator looks at alerts, and closes them. */
const looksEveryMs = 4 * hourMs

/** Lets honest people live for so many days. */
export async function liveHonestly(house: VirtualHouse, stage: Stage, given: HonestDays): Promise<HonestTally> {
  const chance = chanceOf(given.seed)
  const people = makePeople(chance, given)
  await house.runJobs()
  const accounts = new Map<Person, Account>()
  for (const person of people) {
    accounts.set(person, await openAccount(stage, person))
    // More in a minute are too many of one machine.
    house.clock.advance(minuteMs)
    stage.say(`${accounts.size} of ${people.length} people have signed up`)
  }
  const alerts = new Map<AlertRuleName, number>()
  const look = async () => {
    await house.runJobs()
    for (const { rule } of await closeAlerts(stage)) alerts.set(rule, (alerts.get(rule) ?? 0) + 1)
  }
  await stage.pass(dayMs - (stage.now().getTime() % dayMs))
  const begunMs = stage.now().getTime()
  const visits = planVisits(chance, people, given.days, stage.now())
  const elapsedMs = () => stage.now().getTime() - begunMs
  let lookedMs = 0
  const moveTo = async (atMs: number) => {
    // What has happened is read before time goes on: a reader that sleeps for hours is no part of what is measured.
    if (atMs > elapsedMs()) await house.runJobs()
    while (lookedMs + looksEveryMs <= atMs) {
      lookedMs += looksEveryMs
      house.clock.advance(Math.max(0, lookedMs - elapsedMs()))
      await look()
    }
    house.clock.advance(Math.max(0, atMs - elapsedMs()))
  }

  const agenda = newAgenda()
  let done = 0
  let next = 0
  for (;;) {
    const visit = visits[next]
    const waiting = agenda.first()
    if (visit && (!waiting || visit.atMs <= waiting.atMs)) {
      next++
      const account = accounts.get(visit.person)
      if (account) agenda.add(visit.atMs, goThrough(stage, account, visit))
      continue
    }
    // What is under way at the end is not waited for.
    if (!waiting || waiting.atMs > given.days * dayMs) break
    agenda.takeFirst()
    await moveTo(waiting.atMs)
    const step = await waiting.steps.next()
    if (step.done) stage.say(`day ${Math.floor(waiting.atMs / dayMs) + 1} of ${given.days}: ${++done} visits`)
    else agenda.add(waiting.atMs + step.value, waiting.steps)
  }
  await look()
  return { ...given, visits: visits.length, alerts, reasons: await countReasons(stage) }
}

interface Waiting {
  readonly atMs: number
  readonly steps: Steps
}

/** Who does something next. */
function newAgenda() {
  const waiting: Waiting[] = []
  return {
    first: () => waiting[0],
    takeFirst: () => waiting.shift(),
    add(atMs: number, steps: Steps) {
      const place = waiting.findLastIndex((each) => each.atMs <= atMs)
      waiting.splice(place + 1, 0, { atMs, steps })
    },
  }
}

async function countReasons({ gatehouse }: Stage): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for await (const { type, data } of gatehouse.auditEvents.list({ action: 'login' })) {
    if (type !== 'login.succeeded') continue
    for (const reason of String(data['risk_reasons'] ?? '')
      .split(' ')
      .filter(Boolean)) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
    }
  }
  return counts
}
