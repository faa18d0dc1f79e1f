import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { scopes } from '@gatehouse/contract/operation'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { createGatehouse, type Gatehouse } from '@gatehouse/sdk'
import { createApp } from '@gatehouse/server/app'
import { createClient } from '@gatehouse/server/clients/create-client'
import { parseConfig } from '@gatehouse/server/config'
import { entranceOf } from '@gatehouse/server/open-entrance'
import { openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { type MovableClock, movableClock } from '@gatehouse/testing/movable-clock'
import { emptyDatabase } from './empty-database.ts'

interface Nodes {
  readonly clock: MovableClock
  readonly urls: readonly [string, string]
  readonly secret: string
  readonly clients: readonly [Gatehouse, Gatehouse]
}

/** Two servers on one PostgreSQL database and one key folder, and one client application that calls both. */
async function startNodes(t: TestContext): Promise<Nodes> {
  const database = await emptyDatabase()
  assert.ok(database, 'npm test brings PostgreSQL up')
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nodes-'))
  const clock = movableClock()
  const startNode = async () => {
    const parsed = parseConfig({ GATEHOUSE_DATA_DIR: folder, GATEHOUSE_DATABASE_URL: database.url })
    assert.ok(parsed.ok)
    const parts = await openParts(parsed.config, {
      world: { now: clock.now, random: randomBytes },
      policy: defaultPolicy(),
      exclusive: true,
      publicUrl: 'http://gatehouse.test',
      reportFailure: (error) => assert.fail(String(error)),
    })
    const http = createApp(parts, entranceOf(parsed.config, 'development'))
    await http.listen({ host: '127.0.0.1', port: 0 })
    const stop = async () => {
      await http.close()
      await parts.close()
    }
    return { parts, stop, url: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}` }
  }
  const one = await startNode()
  const two = await startNode()
  t.after(async () => {
    await one.stop()
    await two.stop()
    await database.drop()
    rmSync(folder, { recursive: true })
  })
  const made = await createClient(operatorContext(one.parts), one.parts.keys, {
    slug: 'portal',
    name: 'Portal',
    tenant: 'default',
    allow: ['127.0.0.1'],
    scopes,
    schemes: signatureSchemes,
    numericSub: false,
    limits: {},
  })
  assert.ok(typeof made !== 'string')
  const { secret } = made
  const clientOf = (url: string) => createGatehouse({ url, clientId: 'portal', secret, now: clock.now })
  return { clock, secret, urls: [one.url, two.url], clients: [clientOf(one.url), clientOf(two.url)] }
}

const email = 'ada@example.org'
const password = 'a few unrelated words'

test('008 a signature that one node has accepted is refused by the other', async (t) => {
  const { clock, urls, secret } = await startNodes(t)
  const body = JSON.stringify({ email, password })
  const timestamp = String(Math.floor(clock.now().getTime() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-client-id': 'portal',
    'x-timestamp': timestamp,
    'x-signature': `sha256=${signature}`,
  }
  const answers = await Promise.all(
    [...urls, ...urls].map((url) => fetch(`${url}/v1/users`, { method: 'POST', headers, body })),
  )
  const codes = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { code?: string }).code))
  assert.deepEqual(codes.toSorted(), ['signature_replayed', 'signature_replayed', 'signature_replayed', undefined])
})

test('039 the limits of two nodes hold in sum', async (t) => {
  const { clients } = await startNodes(t)
  const calls = Array.from({ length: 14 }, (_, i) =>
    clients[i % 2]?.auth
      .login({ email: `user${i}@example.org`, password: 'wrong password here', end_user: { ip: '203.0.113.7' } })
      .then(
        () => 'authenticated',
        (error: { code: string }) => error.code,
      ),
  )
  const codes = await Promise.all(calls)
  assert.equal(codes.filter((code) => code === 'invalid_credentials').length, 10)
  assert.equal(codes.filter((code) => code === 'rate_limited').length, 4)
})

test('120 a session that is ended on one node is dead on the other within half a second', async (t) => {
  const { clock, clients } = await startNodes(t)
  const [one, two] = clients
  await one.users.create({ email, password })
  const answer = await two.auth.login({ email, password })
  assert.ok(answer.status === 'authenticated')
  const token = { token: answer.access_token }
  assert.equal((await one.tokens.validate(token)).active, true)
  assert.equal((await two.tokens.validate(token)).active, true)
  await one.auth.logout(token)
  assert.equal((await one.tokens.validate(token)).active, false)
  clock.advance('500ms')
  assert.deepEqual(await two.tokens.validate(token), { active: false, reason: 'revoked' })
})
