import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RiskReason, RiskRules, riskReasonNames } from '@gatehouse/contract/risk'
import { dayMs, hourMs, minuteMs } from '../kernel/durations.ts'
import { findRegion } from '../places/country-map.ts'
import { leastDistanceKm } from './distance.ts'
import { judgeRisk, type RiskFacts } from './judge-risk.ts'
import { familiarMs, learn, noPast, type Past } from './past.ts'

const noon = Date.parse('2026-11-22T12:00:00Z')
const rules = RiskRules.parse({})
const of = (country: string) => ({ country, spot: findRegion(country) ?? null })

const home: RiskFacts = {
  at: noon,
  deviceMark: 'Firefox on Linux',
  ...of('DE'),
  isKnownDevice: false,
  sessionCountries: [],
  addressFailures: 0,
  typesTried: 0,
}

/** Somebody who has signed in from Germany each day at noon. */
function pastOf(days: number, facts: Partial<RiskFacts> = {}): Past {
  let past = noPast
  for (let day = days; day > 0; day--) past = learn(past, { ...home, ...facts, at: noon - day * dayMs })
  return past
}

const reasonsOf = (facts: Partial<RiskFacts>, past: Past) => judgeRisk({ ...home, ...facts }, past, rules).reasons

test('what somebody does each day is no risk, and nothing is done about it', () => {
  assert.deepEqual(judgeRisk(home, pastOf(30), rules), { score: 0, reasons: [], decision: 'allow' })
})

test('the first sign-in of all is compared with nothing', () => {
  assert.deepEqual(judgeRisk(home, noPast, rules), { score: 0, reasons: [], decision: 'allow' })
})

test('each pattern is found by its own facts, and by no others', () => {
  const past = pastOf(30)
  const rows: readonly (readonly [RiskReason, Partial<RiskFacts>])[] = [
    ['new_device', { deviceMark: 'Chrome on Windows' }],
    ['different_country', { ...of('FR'), at: noon + dayMs }],
    ['simultaneous_sessions', { sessionCountries: ['DE', 'BR'] }],
    ['odd_hour', { at: noon - 9 * hourMs }],
    ['failing_address', { addressFailures: 10 }],
    ['method_switching', { typesTried: 3 }],
    ['unknown_place', { country: null, spot: null }],
  ]
  for (const [reason, facts] of rows) assert.deepEqual(reasonsOf(facts, past), [reason], reason)
  const travel = reasonsOf({ ...of('JP'), at: noon }, learn(past, { ...home, at: noon - hourMs }))
  assert.deepEqual(travel, ['different_country', 'impossible_travel'])
  assert.deepEqual(new Set([...rows.map(([reason]) => reason), ...travel]), new Set(riskReasonNames))
})

test('a device that brings its token is not new, whatever it calls itself', () => {
  assert.deepEqual(reasonsOf({ deviceMark: 'Chrome on Windows', isKnownDevice: true }, pastOf(30)), [])
})

test('what was not seen for 90 days is new again', () => {
  const past = pastOf(1)
  assert.deepEqual(reasonsOf({ at: noon - dayMs + familiarMs - 1 }, past), [])
  assert.deepEqual(reasonsOf({ at: noon - dayMs + familiarMs }, past), ['new_device', 'different_country'])
})

test('a way that an airliner can make is no impossible travel, and neighbours are not far', () => {
  const past = learn(noPast, home)
  const after = (hours: number, country: string) => reasonsOf({ ...of(country), at: noon + hours * hourMs }, past)
  assert.ok(after(5, 'JP').includes('impossible_travel'))
  assert.ok(!after(12, 'JP').includes('impossible_travel'))
  assert.ok(!after(0, 'FR').includes('impossible_travel'), 'borders touch')
  assert.ok(after(0, 'JP').includes('impossible_travel'), 'in the same moment')
  assert.ok(after(-20, 'JP').includes('impossible_travel'), 'a clock that steps back makes nobody faster')
})

test('a place that is not known hides no travel: the one before it still counts', () => {
  const past = learn(learn(noPast, home), { ...home, country: null, spot: null, at: noon + minuteMs })
  assert.ok(reasonsOf({ ...of('JP'), at: noon + hourMs }, past).includes('impossible_travel'))
})

test('who has come in from two countries at once uses a tunnel, and is asked about these two no more', () => {
  const tunnel = { ...home, ...of('US'), at: noon + hourMs }
  const first = learn(learn(noPast, home), tunnel)
  const back = { at: noon + 2 * hourMs }
  assert.deepEqual(reasonsOf(back, first), [])
  assert.deepEqual(reasonsOf({ ...back, sessionCountries: ['US'] }, first), [])
  assert.deepEqual(reasonsOf({ ...back, ...of('JP') }, first), ['different_country', 'impossible_travel'])
  assert.deepEqual(reasonsOf({ ...back, sessionCountries: ['JP'] }, first), ['simultaneous_sessions'])
  const forgotten = learn(first, { ...home, at: noon + familiarMs })
  assert.ok(reasonsOf({ ...of('US'), at: noon + familiarMs + 2 * hourMs }, forgotten).includes('impossible_travel'))
})

test('who lives at a border is asked about it once', () => {
  const past = learn(learn(noPast, home), { ...home, ...of('CH'), sessionCountries: ['DE'] })
  assert.deepEqual(reasonsOf({ sessionCountries: ['CH'] }, past), [])
})

test('the way between two countries is never taken for longer than it can be', () => {
  const [us, ca, jp] = [findRegion('US'), findRegion('CA'), findRegion('JP')]
  assert.ok(us && ca && jp)
  assert.equal(leastDistanceKm(us, ca), 0)
  assert.ok(leastDistanceKm(us, jp) < 4100, 'Hawaii is nearer')
  const berlin = { latitude: 52.52, longitude: 13.4, reachKm: 0 }
  const tokyo = { latitude: 35.68, longitude: 139.69, reachKm: 0 }
  assert.equal(Math.round(leastDistanceKm(berlin, tokyo) / 100), 89)
})

test('hours are odd only for who has habits', () => {
  const night = { at: noon - 9 * hourMs }
  assert.deepEqual(reasonsOf(night, pastOf(19)), [])
  assert.deepEqual(reasonsOf(night, pastOf(20)), ['odd_hour'])
  // The first visit of a night does not make the next ones usual; the next night it does.
  const visited = learn(pastOf(20), { ...home, ...night })
  assert.deepEqual(reasonsOf({ at: night.at + 20 * minuteMs }, visited), ['odd_hour'])
  assert.deepEqual(reasonsOf({ at: night.at + dayMs }, visited), [])
})

test('the strictest of all that applies is done', () => {
  const past = pastOf(30)
  const facts = { ...home, deviceMark: 'Chrome on Windows', at: noon - 9 * hourMs }
  assert.equal(judgeRisk(facts, past, rules).decision, 'notify')
  const decide = (given: object) => judgeRisk(facts, past, RiskRules.parse(given)).decision
  assert.equal(decide({ reasons: { odd_hour: 'refuse' } }), 'refuse')
  assert.equal(decide({ reasons: { new_device: 'allow' } }), 'allow')
  assert.equal(decide({ require_mfa_at: 30 }), 'require_mfa')
  assert.equal(decide({ require_mfa_at: 31 }), 'notify')
  assert.equal(decide({ require_mfa_at: 10, require_stronger_at: 20, refuse_at: 30 }), 'refuse')
  assert.equal(decide({ reasons: { new_device: 'allow' }, require_mfa_at: null }), 'allow')
})

test('where the policy says so, a place that nobody knows is asked about', () => {
  const strict = RiskRules.parse({ reasons: { unknown_place: 'require_mfa' } })
  assert.equal(judgeRisk({ ...home, country: null, spot: null }, pastOf(1), strict).decision, 'require_mfa')
})

test('a past stays small, and forgets the oldest', () => {
  let past = noPast
  for (let index = 0; index < 1000; index++) {
    const country = String.fromCharCode(65 + (index % 26), 65 + (Math.floor(index / 26) % 26))
    past = learn(past, { ...home, country, deviceMark: `device ${index}`, at: noon + index * minuteMs })
  }
  assert.equal(past.devices.length, 20)
  assert.equal(past.countries.length, 10)
  assert.ok(JSON.stringify(past).length < 2500)
  assert.equal(past.devices.at(-1)?.mark, 'device 999')
})
