import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createGatehouse } from '@gatehouse/sdk'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { prepareDemoClient } from '../demo-client.ts'
import { seedData } from './seed-data.ts'

const say = () => undefined

test('a server can begin with a past, which its own code has made', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-seed-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const parsed = parseConfig({ GATEHOUSE_DATA_DIR: join(folder, 'data'), GATEHOUSE_PORT: '0' })
  assert.ok(parsed.ok)
  // As many as it takes until each kind of factor is among them.
  const person = await seedData(parsed.config, { users: 12, days: 2, say })
  assert.match(person.totp_secret, /^[A-Z2-7]{32}$/)
  await assert.rejects(seedData(parsed.config, { users: 3, days: 2, say }), /there are data already/)

  const server = await startServer(parsed.config, 'development')
  try {
    const file = await prepareDemoClient(server, parsed.config.dataFolder)
    const { default: client } = await import(file, { with: { type: 'json' } })
    const gatehouse = createGatehouse({ url: server.url, clientId: client.client_id, secret: client.secret })
    const { email, password } = person
    const answer = await gatehouse.auth.login({ email, password, end_user: { ip: '79.200.1.1' } })
    assert.equal(answer.status, 'mfa_required')
    const { data: alerts } = await gatehouse.alerts.listPage({ state: 'open' })
    assert.ok(alerts.some(({ rule, source }) => rule === 'many_accounts' && source === '203.0.113.9'))
    const days = new Set<string>()
    for await (const { timestamp } of gatehouse.auditEvents.list({ action: 'login' })) days.add(timestamp.slice(0, 10))
    assert.ok(days.size >= 2, [...days].join(' '))
    assert.ok([...days].every((day) => day <= new Date().toISOString().slice(0, 10)))
  } finally {
    await server.stop()
  }
})
