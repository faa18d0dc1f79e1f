import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { boundOf, burnRate, judgeLabel } from '@gatehouse/contract/levels'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { dayMs, hourMs, minuteMs } from '../kernel/durations.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import type { SealedEvent } from '../log/log-reader.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { systemContext } from '../system-context.ts'
import { followStories } from './follow-stories.ts'
import { quantileOf } from './get-service-levels.ts'
import { judgeBurn, type Outcomes } from './judge-burn.ts'
import { sumCounts } from './level.store.ts'
import { purgeLevels } from './purge-levels.ts'
import { requestTimes } from './request-times.ts'
import { spansMs, writesOf } from './tally.ts'

const at = Date.parse('2026-11-22T10:07:00Z')
const limits = defaultPolicy()

function eventOf(type: string, data: object, about: Partial<SealedEvent> = {}): SealedEvent {
  const nobody = { client_system: null, session_id: null, request_id: null, email: null, ip_address: null }
  const place = { user_agent: null, geo_location: null }
  const row = { id: 'evt_1', position: 0, tenant_id: defaultTenantId, type, at, actor: 'system', user_id: 'usr_1' }
  return { ...nobody, ...place, ...row, data: JSON.stringify(data), ...about } as SealedEvent
}

function labelsOf(...events: readonly SealedEvent[]): readonly string[] {
  const { counts } = followStories(events, new Map(), { proofMs: 1, enrollmentMs: 1 })
  return counts.map(({ measure, label }) => `${measure} ${label}`)
}

test('a sign-in counts when the password or the passkey was right, and once', () => {
  const succeeded = (amr: string) => eventOf('login.succeeded', { amr })
  assert.deepEqual(labelsOf(succeeded('pwd')), ['sign_in completed'])
  assert.deepEqual(labelsOf(succeeded('hwk user mfa')), ['sign_in completed'])
  // It has counted when the second factor was asked for.
  assert.deepEqual(labelsOf(succeeded('pwd otp mfa')), [])
  assert.deepEqual(labelsOf(eventOf('login.failed', { reason: 'risk' })), ['sign_in risk'])
  assert.equal(judgeLabel('sign_in', 'risk'), 'bad')
  for (const reason of ['wrong_password', 'unknown_user', 'user_disabled', 'locked', 'passkey']) {
    assert.deepEqual(labelsOf(eventOf('login.failed', { reason })), [`sign_in ${reason}`])
    assert.equal(judgeLabel('sign_in', reason), undefined, reason)
  }
})

test('a second factor counts once for each challenge or session, however often it was tried', () => {
  const challenge_id = 'chl_1'
  const wrong = eventOf('factor.rejected', { challenge_id, reason: 'mismatch' })
  const right = eventOf('factor.verified', { challenge_id })
  assert.deepEqual(labelsOf(wrong, wrong, right), ['mfa verified'])
  // With a token of a session, which has no challenge.
  const inSession = { session_id: 'ses_1' } as const
  const both = [
    eventOf('factor.rejected', { reason: 'mismatch' }, inSession),
    eventOf('factor.verified', {}, inSession),
  ]
  assert.deepEqual(labelsOf(...both), ['mfa verified'])
  assert.deepEqual(labelsOf(eventOf('login.failed', { reason: 'risk', challenge_id })), ['mfa risk'])
  assert.deepEqual(labelsOf(wrong, eventOf('push.denied', { challenge_id })), ['mfa denied'])
  assert.equal(judgeLabel('mfa', 'denied'), undefined)
  const openAfter = (event: SealedEvent) =>
    followStories([event], new Map(), { proofMs: 1, enrollmentMs: 1 }).stories.size
  assert.equal(openAfter(wrong), 1)
  for (const reason of ['locked', 'month_limit', 'challenge_expired']) {
    assert.equal(openAfter(eventOf('factor.rejected', { challenge_id, reason })), 0, reason)
  }
})

test('what burns must do so over the long window and still do so in the short one', () => {
  const quiet = { good: 1000, bad: 0 }
  const none: Outcomes = { minutes5: quiet, minutes30: quiet, hours1: quiet, hours6: quiet, days3: quiet }
  const judge = (some: Partial<Outcomes>) => judgeBurn('sign_in', { ...none, ...some }, limits)
  // Of 1000, five may fail: 72 are 14.4 times as many.
  assert.equal(Math.round(burnRate('sign_in', { good: 928, bad: 72 }) * 10), 144)
  const hard = { good: 900, bad: 100 }
  assert.equal(judge({}), undefined)
  assert.equal(judge({ hours1: hard }), undefined, 'it is over')
  assert.deepEqual(
    [judge({ hours1: hard, minutes5: hard })?.pace, judge({ hours1: hard, minutes5: hard })?.window],
    ['fast', 'hours1'],
  )
  const half = { good: 960, bad: 40 }
  assert.equal(judge({ hours1: half, minutes5: half }), undefined)
  assert.equal(judge({ hours6: half, minutes30: half })?.window, 'hours6')
  const some = { good: 1980, bad: 20 }
  assert.equal(judge({ days3: some, hours6: some })?.pace, 'slow')
  // Four failures of five are a bad evening, and not yet a service that fails.
  const few = { good: 1, bad: 4 }
  assert.equal(judge({ hours1: few, minutes5: few }), undefined)
  // In three days nineteen people of an office give up on a code.
  const office = { good: 281, bad: 19 }
  assert.equal(judge({ days3: office, hours6: few }), undefined)
})

test('times are told by the bound that so many did not exceed', () => {
  assert.deepEqual([0, 5, 5.1, 200, 10_001].map(boundOf), ['5', '5', '10', '200', 'more'])
  assert.deepEqual(
    ['200', '500', 'more', 'server_error'].map((label) => judgeLabel('api', label)),
    ['good', 'bad', 'bad', 'bad'],
  )
  const counted = [
    { label: '10', count: 90 },
    { label: '500', count: 9 },
    { label: 'more', count: 1 },
    { label: 'server_error', count: 50 },
  ]
  assert.deepEqual(
    [0.5, 0.95, 0.99, 0.999].map((part) => quantileOf(counted, part)),
    [10, 500, 500, null],
  )
})

onBothEngines('counts of nodes add up, and a count that was not written is not lost', async (_t, open) => {
  const storage = await open()
  const world = { now: () => new Date(at), random: (bytes: number) => new Uint8Array(bytes) }
  const operation = everyOperation.find(({ id }) => id === 'login')
  const answered = (status: number) => ({
    method: 'POST',
    tenantId: defaultTenantId,
    problem: undefined,
    operation,
    status,
  })
  const [one, other] = [requestTimes(world), requestTimes(world)]
  one.answered({ ...answered(200), tookMs: 7 })
  one.answered({ ...answered(503), tookMs: 7 })
  other.answered({ ...answered(401), tookMs: 9 })
  // Strangers, and what is no operation.
  one.answered({ ...answered(401), tenantId: undefined, tookMs: 1 })
  one.answered({ ...answered(200), operation: undefined, tookMs: 1 })
  const ctx = systemContext({ storage, world })
  const broken = { ...storage, commit: async () => Promise.reject(new Error('full')) }
  await assert.rejects(one.writeDown({ ...ctx, storage: broken }))
  await Promise.all([one.writeDown(ctx), other.writeDown(ctx)])
  await one.writeDown(ctx)
  const hour = Math.floor(at / hourMs) * hourMs
  const found = await sumCounts(storage, { span_ms: spansMs.hour, since: hour, until: at })
  assert.deepEqual(
    found.map(({ measure, label, count }) => [measure, label, count]),
    [
      ['api', '10', 2],
      ['api', 'server_error', 1],
      ['sign_in', 'server_error', 1],
    ],
  )
  assert.deepEqual(
    await sumCounts(storage, { span_ms: spansMs.short, since: at - 7 * minuteMs, until: at - 2 * minuteMs }),
    [],
  )
})

onBothEngines(
  'counts are kept by five minutes for days, by hour for a month, and by day for longer than a year',
  async (_t, open) => {
    const storage = await open()
    const start = Date.parse('2026-01-01T00:00:00Z')
    const one = { tenantId: defaultTenantId, at: start, measure: 'api', label: '5', count: 1 }
    await storage.commit(writesOf([one]), [])
    const keptAfter = async (days: number) => {
      const now = new Date(start + days * dayMs)
      await purgeLevels(limits)({
        ...systemContext({ storage, world: { now: () => now, random: () => new Uint8Array() } }),
      })
      const rows = await storage.search((db) => db.selectFrom('level_count').select('span_ms'))
      return rows.map(({ span_ms: span }) => span)
    }
    assert.equal((await keptAfter(4)).length, 3)
    assert.deepEqual((await keptAfter(5)).toSorted(), [spansMs.hour, spansMs.day].toSorted())
    assert.deepEqual(await keptAfter(36), [spansMs.day])
    assert.deepEqual(await keptAfter(400), [spansMs.day])
    assert.deepEqual(await keptAfter(401), [])
  },
)

test('many of the same are few rows', () => {
  const one = { tenantId: defaultTenantId, at, measure: 'api', label: '5', count: 1 }
  assert.equal(writesOf(Array.from({ length: 1000 }, () => one)).length, 3)
})
