import assert from 'node:assert/strict'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { attack, password } from './support.ts'

attack('172 the record is given out whole, as lines and as a table without formulas', async (app) => {
  const user = await app.sdk.users.create({ email: `${app.slug}@example.test`, password })
  const user_agent = '=HYPERLINK("http://evil.test";"x")'
  const end_user = { ip: '198.51.100.7', user_agent }
  for (let i = 0; i < 7; i++)
    await app.send({ path: '/v1/auth/login', body: { email: user.email, password: 'x', end_user } })
  const search = `client_system=${app.slug}&ip_address=198.51.100.7`
  const listed: AuditEvent[] = []
  for await (const event of app.sdk.auditEvents.list({ client_system: app.slug, ip_address: '198.51.100.7' })) {
    listed.push(event)
  }
  assert.ok(listed.length >= 5)

  const lines = await app.send({ path: `/v1/audit-events/export?${search}` })
  assert.equal(lines.status, 200)
  assert.match(String(lines.headers['content-type']), /^application\/x-ndjson/)
  assert.equal(lines.headers['cache-control'], 'no-store')
  assert.deepEqual(
    lines.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    listed,
  )

  const table = await app.send({ path: `/v1/audit-events/export?format=csv&${search}` })
  assert.match(String(table.headers['content-type']), /^text\/csv/)
  assert.match(String(table.headers['content-disposition']), /^attachment; filename="audit-events\.csv"$/)
  const rows = table.text.trimEnd().split('\r\n')
  assert.equal(rows.length, listed.length + 1)
  for (const row of rows.slice(1)) assert.ok(row.includes(`"'=HYPERLINK(""http://evil.test"";""x"")"`), row)

  for (const format of ['ocsf', 'syslog']) {
    const { text, status } = await app.send({ path: `/v1/audit-events/export?format=${format}&${search}` })
    assert.equal(status, 200)
    assert.equal(text.trimEnd().split('\n').length, listed.length, format)
  }
  const { data } = await app.sdk.auditEvents.listPage({ action: 'audit_read', client_system: app.slug })
  assert.ok(data.some((event) => event.data['way'] === 'export'))
})

attack('153, 154 an export is for those who may read the record, and of their own tenant', async (app) => {
  await app.createUser()
  const path = '/v1/audit-events/export'
  const blind = await app.house.newApp({ scopes: ['users:read'] })
  assert.equal((await blind.send({ path })).json?.['code'], 'insufficient_scope')
  assert.equal((await app.send({ path: `${path}?format=xml` })).json?.['code'], 'invalid_request')
  const unsigned = await app.send({ path, headers: { 'x-signature': undefined } })
  assert.equal(unsigned.json?.['code'], 'signature_missing')
  const stranger = await app.house.newApp({ tenant: 'default' })
  const { text } = await stranger.send({ path })
  assert.ok(!text.includes(app.slug))
})
