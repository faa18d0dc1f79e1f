import { type EventType, events } from '@gatehouse/contract/events'
import type { AuditEvent } from '@gatehouse/contract/resources'
import type { Context } from '@gatehouse/server/context'
import type { SessionId, UserId } from '@gatehouse/server/kernel/ids'
import { readPage } from '@gatehouse/server/log/list-audit-events'
import { record } from '@gatehouse/server/log/record'
import { median } from './statistics.ts'

/** When the record of the bench begins. It spans 300 days, however many events it has. */
export const begun = Date.parse('2026-01-01T00:00:00Z')
export const spanMs = 300 * 86_400_000

/** The same events whenever they are made: what is drawn comes from the number alone. */
function drawn(number: number, salt: number, below: number): number {
  return (Math.imul(2 * number + salt, 0x9e3779b1) >>> 8) % below
}

const common: readonly EventType[] = ['login.succeeded', 'login.challenged', 'factor.verified', 'token.refreshed']
const others = Object.keys(events) as EventType[]
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0'

const idOf = (prefix: string, number: number) => `${prefix}_${String(number).padStart(26, '0')}`
const addressOf = (user: number) => `10.${(user >> 16) & 255}.${(user >> 8) & 255}.${user & 255}`

/** The event with this number of so many. */
export function eventOf(base: Context, number: number, total: number) {
  const everyMs = Math.floor(spanMs / total)
  const user = drawn(number, 1, 50_000)
  const share = drawn(number, 2, 100)
  const type = share < 80 ? common[share % common.length] : others[number % others.length]
  const slug = share === 7 && number % 50 === 0 ? 'quiet-app' : `portal-${user % 4}`
  const ctx: Context = {
    ...base,
    now: new Date(begun + number * everyMs),
    actor: { kind: 'client', client: { slug } as never },
    source: { ipAddress: addressOf(user), userAgent },
    requestId: idOf('req', number >> 1),
  }
  return record(ctx, {
    type: type ?? 'login.succeeded',
    userId: idOf('usr', user) as UserId,
    sessionId: idOf('ses', number >> 3) as SessionId,
    email: `user-${user}@example.test`,
    data: { factor_type: 'totp' },
  })
}

type Question = Partial<Parameters<typeof readPage>[1]>

/** What is asked of a record with so many events. */
export function questionsAt(total: number): Readonly<Record<string, Question>> {
  const user = 31_415
  const oneEvent = idOf('ses', Math.floor(total / 2) >> 3) as AuditEvent['session_id'] & SessionId
  const day = (number: number) => new Date(begun + number * 86_400_000).toISOString()
  return {
    everything: {},
    user: { user_id: idOf('usr', user) as UserId },
    'e-mail': { email: `User-${user}@example.test` },
    address: { ip_address: addressOf(user) },
    'network of 256': { network: '10.0.122.0/24' },
    'network of everybody': { network: '10.0.0.0/8' },
    'network of nobody': { network: '192.0.2.0/24' },
    'action, common': { action: 'login' },
    'action, rare': { action: 'policy_changed' },
    'outcome refused': { outcome: 'refused' },
    client: { client_system: 'portal-1' },
    'client, quiet': { client_system: 'quiet-app' },
    country: { country: 'FR' },
    session: { session_id: oneEvent },
    request: { request_id: idOf('req', total >> 2) },
    'a day half a year ago': { since: day(150), until: day(151) },
    'user and action': { user_id: idOf('usr', user) as UserId, action: 'failed_login' },
    'client, outcome, day': { client_system: 'portal-2', outcome: 'failure', since: day(200), until: day(201) },
    'what never meets': { client_system: 'portal-1', network: '10.0.0.0/8', action: 'login', email: 'nobody@x.test' },
  }
}

/** How long pages of 50 took, in milliseconds. */
export interface PageTimes {
  readonly rows: number
  readonly firstP50: number
  readonly firstLongest: number
  /** Undefined where there are no ten pages. */
  readonly tenthLongest: number | undefined
}

/** Asks each question five times, ten pages each. */
export async function timePages(
  ctx: Context,
  questions: Readonly<Record<string, Question>>,
): Promise<ReadonlyMap<string, PageTimes>> {
  const times = new Map<string, PageTimes>()
  for (const [name, question] of Object.entries(questions)) {
    const [firsts, tenths]: [number[], number[]] = [[], []]
    let rows = 0
    for (let round = 0; round < 5; round++) {
      let cursor: string | undefined
      for (let page = 1; page <= 10; page++) {
        const started = performance.now()
        const answer = await readPage(ctx, { limit: 50, ...question, cursor } as Parameters<typeof readPage>[1])
        const ms = performance.now() - started
        if (page === 1) firsts.push(ms)
        if (page === 1) rows = answer.data.length
        if (page === 10) tenths.push(ms)
        if (answer.next_cursor === null) break
        cursor = answer.next_cursor
      }
    }
    const tenthLongest = tenths.length > 0 ? Math.max(...tenths) : undefined
    times.set(name, { rows, firstP50: median(firsts), firstLongest: Math.max(...firsts), tenthLongest })
  }
  return times
}

export function printPages(times: ReadonlyMap<string, PageTimes>): void {
  console.log('\npage of 50                     rows    first page    10th page   (ms; the longest of five)')
  for (const [name, { rows, firstLongest, tenthLongest }] of times) {
    const last = tenthLongest?.toFixed(1) ?? '-'
    console.log(
      `${name.padEnd(30)} ${String(rows).padStart(4)} ${firstLongest.toFixed(1).padStart(13)} ${last.padStart(12)}`,
    )
  }
}
