import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { EventType } from '@gatehouse/contract/events'
import { type Context, commit } from '../context.ts'
import type { SessionId, TenantId, UserId } from '../kernel/ids.ts'
import { defaultTenantId, defaultTestTenantId } from '../kernel/tenants.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import { eraseEvents } from './erase-events.ts'
import type { EventQuestion } from './event-filter.ts'
import { readPage } from './list-audit-events.ts'
import { record } from './record.ts'

const begun = Date.parse('2026-01-01T00:00:00Z')
const minuteMs = 60_000
const types: readonly EventType[] = ['login.succeeded', 'login.failed', 'factor.verified', 'request.refused']
const id = (prefix: string, number: number) => `${prefix}_${String(number).padStart(26, '0')}`

interface Deed {
  readonly number: number
  readonly tenantId: TenantId
  readonly type: EventType
  readonly ip: string
  readonly slug: string
  readonly user: number
}

/** Thousands of events of one live and, much fewer, of one test tenant. */
const deeds: readonly Deed[] = Array.from({ length: 4000 }, (_, number) => ({
  number,
  tenantId: number % 97 === 0 ? defaultTestTenantId : defaultTenantId,
  type: number % 500 === 3 ? 'policy.changed' : (types[number % types.length] ?? 'login.failed'),
  ip: number % 10 === 9 ? `2001:db8::${(number % 40).toString(16)}` : `10.${number % 3}.${number % 7}.${number % 11}`,
  slug: number % 700 === 0 ? 'quiet' : `portal-${number % 2}`,
  user: number % 13,
}))

const countries = ['DE', 'FR, Paris', null]
const placeEach = write<Record<never, never>>('anyNumber', 'places', (db) =>
  db.updateTable('event').set((eb) => ({
    geo_location: eb
      .case()
      .when(eb('user_id', '=', id('usr', 1)))
      .then(countries[0] ?? null)
      .when(eb('user_id', '=', id('usr', 2)))
      .then(countries[1] ?? null)
      .else(null)
      .end(),
  })),
)

async function fill(storage: Storage): Promise<Context> {
  const base = systemContext({ storage, world: { now: () => new Date(begun), random: randomBytes } })
  for (let start = 0; start < deeds.length; start += 500) {
    const writes = deeds.slice(start, start + 500).map(({ number, tenantId, type, ip, slug, user }) =>
      record(
        {
          ...base,
          tenantId,
          now: new Date(begun + number * minuteMs),
          actor: { kind: 'client', client: { slug } as never },
          source: { ipAddress: ip, userAgent: 'Firefox' },
          requestId: id('req', number >> 1),
        },
        {
          type,
          userId: id('usr', user) as UserId,
          sessionId: id('ses', number >> 2) as SessionId,
          email: `User-${user}@example.test`,
          data: { number },
        },
      ),
    )
    assert.ok((await commit(base, writes)).done)
  }
  assert.ok((await commit(base, [placeEach({})])).done)
  return { ...base, tenantId: defaultTenantId }
}

/** All numbers that are found, by pages of 50, as they come. */
async function find(ctx: Context, question: EventQuestion): Promise<number[]> {
  const found: number[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await readPage(ctx, { limit: 50, cursor, ...question } as Parameters<typeof readPage>[1])
    found.push(...page.data.map(({ data }) => Number(data['number'])))
    assert.equal(page.has_more, page.next_cursor !== null)
    if (page.next_cursor === null) return found
    cursor = page.next_cursor
  }
}

const at = (number: number) => new Date(begun + number * minuteMs).toISOString()

/** What is asked, and which deeds it is about. */
const questions: readonly (readonly [EventQuestion, (deed: Deed) => boolean])[] = [
  [{}, () => true],
  [{ user_id: id('usr', 5) }, ({ user }) => user === 5],
  [{ email: 'USER-5@Example.TEST' }, ({ user }) => user === 5],
  [{ ip_address: '10.1.4.4' }, ({ ip }) => ip === '10.1.4.4'],
  [{ ip_address: '2001:0DB8::0013' }, ({ ip }) => ip === '2001:db8::13'],
  [{ network: '10.1.0.0/16' }, ({ ip }) => ip.startsWith('10.1.')],
  [{ network: '10.0.0.0/8' }, ({ ip }) => ip.startsWith('10.')],
  [{ network: '10.1.4.0/30' }, ({ ip }) => /^10\.1\.4\.[0-3]$/.test(ip)],
  [{ network: '10.1.4.4/32' }, ({ ip }) => ip === '10.1.4.4'],
  [{ network: '2001:db8::/64' }, ({ ip }) => ip.startsWith('2001')],
  [{ network: '::/0' }, ({ ip }) => ip.startsWith('2001')],
  [{ network: '0.0.0.0/0' }, ({ ip }) => ip.startsWith('10.')],
  [{ network: '192.0.2.0/24' }, () => false],
  [{ action: 'policy_changed' }, ({ type }) => type === 'policy.changed'],
  [{ action: 'failed_login' }, ({ type }) => type === 'login.failed'],
  [{ action: 'no_such_action' }, () => false],
  [{ outcome: 'success' }, ({ type }) => !['login.failed', 'request.refused'].includes(type)],
  [{ outcome: 'refused' }, ({ type }) => type === 'request.refused'],
  [{ action: 'failed_login', outcome: 'success' }, () => false],
  [{ client_system: 'quiet' }, ({ slug }) => slug === 'quiet'],
  [{ country: 'DE' }, ({ user }) => user === 1],
  [{ country: 'FR' }, ({ user }) => user === 2],
  [{ session_id: id('ses', 500) }, ({ number }) => number >> 2 === 500],
  [{ request_id: id('req', 999) }, ({ number }) => number >> 1 === 999],
  [{ since: at(3000) }, ({ number }) => number >= 3000],
  [{ until: at(700) }, ({ number }) => number < 700],
  [{ since: at(1200), until: at(1300) }, ({ number }) => number >= 1200 && number < 1300],
  [{ since: at(9000) }, () => false],
  [{ until: at(0) }, () => false],
  [
    { user_id: id('usr', 5), network: '10.1.0.0/16', outcome: 'failure', since: at(500), until: at(3500) },
    ({ user, ip, type, number }) =>
      user === 5 && ip.startsWith('10.1.') && type === 'login.failed' && number >= 500 && number < 3500,
  ],
  [{ client_system: 'portal-1', email: 'user-3@example.test', country: 'DE' }, () => false],
]

onBothEngines('every filter finds exactly what fits, the newest first, over all pages', async (_t, open) => {
  const ctx = await fill(await open())
  for (const tenantId of [defaultTenantId, defaultTestTenantId]) {
    for (const [question, fits] of questions) {
      const expected = deeds.filter((deed) => deed.tenantId === tenantId && fits(deed)).map(({ number }) => number)
      assert.deepEqual(
        await find({ ...ctx, tenantId }, question),
        expected.toReversed(),
        `${tenantId} ${JSON.stringify(question)}`,
      )
    }
  }
})

onBothEngines('where almost nothing fits a page ends early, and the next goes on from there', async (_t, open) => {
  const storage = await open()
  const base = systemContext({ storage, world: { now: () => new Date(begun), random: randomBytes } })
  // Two values that are met all the time, and only once together: in the oldest event.
  const deed = (number: number) =>
    record(
      {
        ...base,
        actor: { kind: 'client', client: { slug: number % 2 === 0 ? 'even' : 'odd' } as never },
      },
      { type: number % 2 === 0 && number > 0 ? 'login.failed' : 'login.succeeded', data: { number } },
    )
  for (let start = 0; start < 24_000; start += 1000) {
    const { done } = await commit(
      base,
      Array.from({ length: 1000 }, (_, index) => deed(start + index)),
    )
    assert.ok(done)
  }
  const asked = { limit: 50, client_system: 'even', action: 'login' }
  const first = await readPage(base, asked)
  assert.deepEqual([first.data, first.has_more], [[], true])
  assert.deepEqual(await find(base, asked), [0])
})

onBothEngines('an erased person is found by nothing that was theirs', async (_t, open) => {
  const ctx = await fill(await open())
  const theirs = { id: id('usr', 5) as UserId, email: 'user-5@example.test' }
  assert.ok((await commit(ctx, [eraseEvents(ctx, theirs)])).done)
  assert.deepEqual(await find(ctx, { email: theirs.email }), [])
  const expected = ({ ip, user, tenantId }: Deed) => ip === '10.1.4.4' && user !== 5 && tenantId === defaultTenantId
  for (const question of [{ ip_address: '10.1.4.4' }, { network: '10.1.4.4/32' }]) {
    assert.deepEqual(
      await find(ctx, question),
      deeds
        .filter(expected)
        .map(({ number }) => number)
        .toReversed(),
    )
  }
})
