import assert from 'node:assert/strict'
import { attack } from './support.ts'

attack('163 a search takes nothing but what it knows', async (app) => {
  for (const query of [
    'network=10.0.0.0/33',
    'network=10.0.0.0',
    'network=10.0.0.0/8%27%20OR%201=1',
    'network=::1/129',
    'network=fe80::1%25eth0/64',
    'country=fr',
    'country=FRA',
    'country=%25%25',
    'ip_address=1',
    'since=yesterday',
    'order=salt',
    'user_id[$ne]=x',
  ]) {
    const { status, json } = await app.send({ path: `/v1/audit-events?${query}` })
    assert.equal(status, 400, query)
    assert.match(String(json?.['code']), /^(invalid_request|unknown_parameter)$/, query)
  }
})

attack('who reads the record is on record, once an hour for each person read about', async (app) => {
  const { clock } = app.house.server
  const [one, two] = [await app.createUser(), await app.createUser()]
  const readings = async () => {
    const page = await app.house.recordOf(async () => undefined)
    assert.deepEqual(page, [])
    const auditor = await app.house.newApp({ slug: `auditor-${app.slug}` })
    const { data } = await auditor.sdk.auditEvents.listPage({ action: 'audit_read', client_system: app.slug })
    return data.map((event) => [event.user_id, event.data['way'], event.data['asked']])
  }
  for (let round = 0; round < 3; round++) {
    await app.sdk.auditEvents.listPage({ user_id: one.id, outcome: 'failure' })
    await app.sdk.auditEvents.listPage({ user_id: two.id })
    await app.sdk.auditEvents.listPage({ action: 'login' })
  }
  const told = [
    [null, 'search', 'action'],
    [two.id, 'search', 'user_id'],
    [one.id, 'search', 'user_id outcome'],
  ]
  assert.deepEqual(await readings(), told)
  clock.advance('1h')
  await app.sdk.auditEvents.listPage({ user_id: one.id })
  const { data } = await app.sdk.auditEvents.listPage({ action: 'audit_read', user_id: one.id })
  assert.equal(data.length, 2)
})
