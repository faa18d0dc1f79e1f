import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startTestServer, type TestServer } from '@gatehouse/testing'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { emptyDatabase } from './empty-database.ts'

const settings = { GATEHOUSE_METRICS_ADDRESS: '127.0.0.1:0' }
const password = 'seven unrelated words in a row'

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`what a server does can be read as figures, and of nobody (${engine})`, async (t) => {
    const database = engine === 'postgres' ? await emptyDatabase() : undefined
    if (engine === 'postgres' && !database) return t.diagnostic('not checked: PostgreSQL (run the tests with npm test)')
    const server = await startTestServer({ databaseUrl: database?.url, settings, policy: { rateOtherPerMinute: 1 } })
    after(async () => {
      await server.stop()
      await database?.drop()
    })
    const gatehouse = await server.client()
    const phone = virtualPhone()
    const before = await read(server)
    assert.equal(figureOf(before, 'gatehouse_build_info', { version: '0.1.0' }), 1)
    assert.equal(figureOf(before, 'gatehouse_sessions_active'), 0)

    const email = 'canary.person@example.test'
    const user = await gatehouse.users.create({ email, password })
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
    const account = phone.scan(enrollment.uri)
    const code = phone.code(account, server.clock.now())
    const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factor.id, code })
    const end_user = { ip: '203.0.113.77', user_agent: 'Canary/1.0' }
    await assert.rejects(gatehouse.auth.login({ email, password: 'canary-password', end_user }))
    const asked = await gatehouse.auth.login({ email, password, end_user })
    assert.ok(asked.status === 'mfa_required')
    const { id } = asked.challenge
    await assert.rejects(gatehouse.challenges.verify({ id, code: '000000', end_user }))
    server.clock.advance('30s')
    await gatehouse.challenges.verify({ id, code: phone.code(account, server.clock.now()), end_user })
    // The second in a minute is one too many.
    await gatehouse.auditEvents.listPage({ limit: 1 })
    await assert.rejects(gatehouse.auditEvents.listPage({ limit: 1 }))
    server.clock.advance('60s')

    const text = await read(server)
    const tenant = 'default-test'
    const figures: readonly (readonly [string, Record<string, string>, number])[] = [
      ['gatehouse_auth_attempts_total', { outcome: 'wrong_password', method: 'password', tenant }, 1],
      ['gatehouse_auth_attempts_total', { outcome: 'challenged', method: 'password', tenant }, 1],
      ['gatehouse_auth_attempts_total', { outcome: 'success', method: 'password', tenant }, 1],
      ['gatehouse_mfa_verifications_total', { factor: 'totp', outcome: 'mismatch', tenant }, 1],
      ['gatehouse_mfa_verifications_total', { factor: 'totp', outcome: 'accepted', tenant }, 1],
      ['gatehouse_enrollments_total', { factor: 'totp', outcome: 'started', tenant }, 1],
      ['gatehouse_enrollments_total', { factor: 'totp', outcome: 'done', tenant }, 1],
      ['gatehouse_rate_limited_requests_total', { class: 'other' }, 1],
      ['gatehouse_sessions_active', {}, 1],
      ['gatehouse_webhook_oldest_pending_seconds', {}, 0],
      ['gatehouse_mfa_verification_duration_seconds_count', {}, 3],
      [
        'http_server_request_duration_seconds_count',
        { http_request_method: 'POST', http_route: '/v1/challenges/{id}/verify', http_response_status_code: '200' },
        1,
      ],
    ]
    for (const [name, labels, value] of figures) assert.equal(figureOf(text, name, labels), value, `${name}\n${text}`)
    assert.equal(figureOf(text, 'gatehouse_key_age_seconds', { key: 'data' }), 90)
    // An alert, with how late it was.
    const again = await gatehouse.auth.login({ email, password, end_user })
    assert.ok(again.status === 'mfa_required')
    await gatehouse.challenges.verify({ id: again.challenge.id, code: recovery_codes[0] ?? '', end_user })
    server.clock.advance('3s')
    await server.runJobs()
    await server.runJobs()
    const later = await read(server)
    const rule = { rule: 'recovery_code_used', severity: 'warning', tenant }
    assert.equal(figureOf(later, 'gatehouse_alerts_total', rule), 1)
    assert.equal(figureOf(later, 'gatehouse_alert_detection_delay_seconds_count'), 1)
    assert.equal(figureOf(later, 'gatehouse_alert_detection_delay_seconds_sum'), 3)
    for (const word of ['canary', 'Canary', '203.0.113', user.id, factor.id, id, enrollment.secret]) {
      assert.ok(!text.includes(word), `170 the figures tell ${word}`)
    }
    assert.deepEqual(server.failures, [])
  })
}

test('figures have a door of their own, which knows one path', async () => {
  const server = await startTestServer({ settings })
  after(() => server.stop())
  const { origin } = new URL(server.metricsUrl ?? '')
  assert.notEqual(origin, server.url)
  assert.equal((await fetch(`${origin}/v1/users`)).status, 404)
  assert.equal((await fetch(`${origin}/metrics`, { method: 'POST' })).status, 405)
  assert.equal((await fetch(`${server.url}/metrics`)).status, 404)
  const taken = { GATEHOUSE_METRICS_ADDRESS: new URL(origin).host }
  await assert.rejects(startTestServer({ settings: taken }), /is in use\. Set GATEHOUSE_METRICS_ADDRESS/)
})

test('the dashboard and the rules ask for figures that there are', async () => {
  const server = await startTestServer({ settings })
  after(() => server.stop())
  const there = new Set([...(await read(server)).matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name))
  const root = join(import.meta.dirname, '..', 'deploy')
  const texts = ['grafana/gatehouse.json', 'prometheus/gatehouse-alerts.yml'].map((path) =>
    readFileSync(join(root, path), 'utf8'),
  )
  const asked = [...texts.join('\n').matchAll(/\b(?:gatehouse|http_server|process)_\w+/g)].map(([name]) =>
    name.replace(/(?<=_seconds)_(bucket|count|sum)$/, ''),
  )
  assert.ok(asked.length > 20)
  assert.deepEqual(
    asked.filter((name) => !there.has(name)),
    [],
  )
  const own = [...there].filter((name) => name.startsWith('gatehouse_'))
  assert.deepEqual(
    own.filter((name) => !asked.includes(name)),
    [],
    'shown to nobody',
  )
})

test('without an address there are no figures', async () => {
  const server = await startTestServer()
  after(() => server.stop())
  assert.equal(server.metricsUrl, undefined)
})

async function read({ metricsUrl }: TestServer): Promise<string> {
  const answer = await fetch(metricsUrl ?? assert.fail('there is no door'))
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  return answer.text()
}

/** The value of one line of the text format (version 0.0.4), its labels in any order. */
function figureOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  for (const line of text.split('\n')) {
    const [, found, inner = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (found !== name) continue
    const given = Object.fromEntries([...inner.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]))
    if (Object.keys({ ...given, ...labels }).every((key) => given[key] === labels[key])) return Number(value)
  }
  return undefined
}
