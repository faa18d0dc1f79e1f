import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AlertRuleName, alertRuleNames, alertRules } from '@gatehouse/contract/alerts'
import { riskReasonNames } from '@gatehouse/contract/risk'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { attacks } from './attacks/attacks.ts'
import { chanceOf } from './chance.ts'
import { tableOf } from './detection-table.ts'
import { measureOdds } from './guess-odds.ts'
import { makePeople } from './honest/person.ts'
import { planVisits } from './honest/visit.ts'
import { liveStage } from './live-stage.ts'
import { measureAttacks, measureHonestDays } from './measure-detection.ts'

const say = () => undefined

test('there is an attack for every rule that is about one, and for every reason of a risk', () => {
  const found = attacks.flatMap(({ foundBy }) => foundBy)
  const alerts = new Set<string>(found.flatMap((each) => ('alert' in each ? [each.alert] : [])))
  const isOfPeople = (rule: AlertRuleName) => alertRules[rule].of !== 'service' && rule !== 'administrator_changed'
  assert.deepEqual(
    alertRuleNames.filter((rule) => isOfPeople(rule) && !alerts.has(rule)),
    [],
  )
  // A reason with a rule of its own is known by its alert.
  const reasons = new Set([...alerts, ...found.flatMap((each) => ('reason' in each ? [each.reason] : []))])
  assert.deepEqual(
    riskReasonNames.filter((reason) => !reasons.has(reason)),
    [],
  )
  assert.equal(new Set(attacks.map(({ name }) => name)).size, attacks.length)
})

test('every attack is found by the rule that is there for it', async () => {
  const outcomes = await measureAttacks(attacks, { seed: 1, times: 1, say, measuresDelay: false })
  assert.deepEqual(
    outcomes.filter(({ found }) => !found),
    [],
  )
  const { detections } = tableOf(outcomes, undefined)
  assert.deepEqual(new Set(detections.map(({ attack }) => attack)), new Set(attacks.map(({ name }) => name)))
})

test('people who do no harm raise few alerts, and none that says that somebody else is at work', async () => {
  const tally = await measureHonestDays({ seed: 7, users: 16, days: 4 }, say)
  const alerts = Object.fromEntries(tally.alerts)
  const total = [...tally.alerts.values()].reduce((sum, count) => sum + count, 0)
  assert.ok(tally.visits > 50, `${tally.visits} visits`)
  assert.ok(total <= 4, `${total} alerts: ${JSON.stringify(alerts)}`)
  for (const rule of alertRuleNames) {
    const isLoud = alertRules[rule].severity === 'critical'
    if (isLoud) assert.ok((tally.alerts.get(rule) ?? 0) <= 1, `${rule}: ${JSON.stringify(alerts)}`)
  }
})

test('the odds of guessing a code are those of the pages', () => {
  const shown = [30, 365].map(measureOdds).map(({ guesses, odds }) => [guesses, (odds * 100).toFixed(2)])
  assert.deepEqual(shown, [
    [100, '0.03'],
    [1200, '0.36'],
  ])
})

test('the same seed makes the same people, who do the same', () => {
  const begins = new Date('2026-03-02T00:00:00Z')
  const planOf = (seed: number) => {
    const chance = chanceOf(seed)
    return planVisits(chance, makePeople(chance, { users: 20, days: 5 }), 5, begins)
  }
  assert.deepEqual(planOf(3), planOf(3))
  assert.notDeepEqual(planOf(3), planOf(4))
  const numbers = Array.from(
    { length: 1000 },
    (
      (chance) => () =>
        chance.number()
    )(chanceOf(1)),
  )
  assert.ok(numbers.every((each) => each >= 0 && each < 1))
  assert.ok(Math.abs(numbers.reduce((sum, each) => sum + each, 0) / 1000 - 0.5) < 0.05)
})

test('nobody simulates an attack on a live tenant', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ tenant: 'default' })
  const live = { url: server.url, clientId: slug, secret }
  await assert.rejects(liveStage(live, 1, say), /test tenants/)
  // A secret that only looks like one of a test tenant is not known.
  await assert.rejects(liveStage({ ...live, secret: secret.replace('gh_live_', 'gh_test_') }, 1, say))
  const client = await server.createClient()
  const stage = await liveStage({ url: server.url, clientId: client.slug, secret: client.secret }, 1, say)
  assert.equal(stage.keeper, undefined)
})
