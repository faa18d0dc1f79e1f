import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing'
import { signUp } from '@gatehouse/testing/sign-up'
import { runProgram } from './run-program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('the TypeScript sample of the page on one’s own account does what the page says', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ slug: 'my-app' })
  const gatehouse = createGatehouse({ url: server.url, clientId: slug, secret, now: server.clock.now })
  const ada = await signUp(gatehouse, { factor: 'totp', now: server.clock.now })
  const { access_token: token } = await ada.signIn(gatehouse)
  server.clock.advance('6m')
  const page = readFileSync(new URL('../docs/me.md', import.meta.url), 'utf8')
  const input = /^```ts\n(.*?)^```$/ms.exec(page)?.[1] ?? assert.fail('docs/me.md has no sample')
  const output = await runProgram(process.execPath, ['--conditions=source', '--input-type=module-typescript'], {
    input,
    cwd: root,
    env: {
      GATEHOUSE_URL: server.url,
      GATEHOUSE_CLIENT_ID: slug,
      GATEHOUSE_CLIENT_SECRET: secret,
      ACCESS_TOKEN: token,
      CODE: ada.code(),
    },
  })
  assert.equal(output, 'Ada L. 1 true\n')
})

test('a person does everything that is theirs, with one code for all of it', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const ada = await signUp(gatehouse, { factor: 'hotp', now: server.clock.now })
  const { access_token: token } = await ada.signIn(gatehouse)
  await ada.signIn(gatehouse)
  server.clock.advance('6m')

  const me = gatehouse.me(token, { code: ada.code() })
  assert.equal((await me.get()).user.id, ada.user.id)
  assert.equal((await me.sessions.list()).data.length, 2)
  await me.sessions.revokeOthers()
  assert.equal((await me.sessions.list()).data.length, 1)
  const { factor } = await me.factors.enroll({ type: 'email' })
  await me.factors.activate({ id: factor.id, code: await server.outbox.code(ada.user.email) })
  assert.ok((await me.factors.list()).data.some(({ id, state }) => id === factor.id && state === 'active'))
  const kinds = []
  for await (const event of me.activity.list()) kinds.push(event.action)
  assert.ok(kinds.includes('factor_activated'), kinds.join(' '))
  await assert.rejects(gatehouse.me('nonsense').get(), (error) => isGatehouseError(error, 'token_invalid'))
})

test('calls that the server could not take are made again, and land once', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient()
  let lost = 2
  const flaky: typeof fetch = async (url, init) => {
    if (lost-- > 0)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })
    return fetch(url, init)
  }
  const waited: number[] = []
  const gatehouse = createGatehouse({
    url: server.url,
    clientId: slug,
    secret,
    now: server.clock.now,
    fetch: flaky,
    wait: async (ms) => void waited.push(ms),
    chance: () => 0.5,
  })
  const { id } = await gatehouse.users.create({ email: 'ada@example.test' })
  assert.deepEqual(waited, [1000, 2000])
  assert.equal((await gatehouse.users.get({ id })).email, 'ada@example.test')
})
