import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { usualScopes } from '@gatehouse/contract/operation'
import { createGatehouse } from '@gatehouse/sdk'
import { emptyDatabase } from '../empty-database.ts'
import { startReceiver } from '../webhook-receiver.ts'
import { makeFolder, runGatehouse, startGatehouse } from './cli-server.ts'

const asProxy = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }

async function environment(t: TestContext, engine: 'sqlite' | 'postgres') {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  assert.ok(engine === 'sqlite' || database, 'npm test and npm run attack bring PostgreSQL up')
  if (database) t.after(() => database.drop())
  return {
    GATEHOUSE_DATA_DIR: makeFolder(t),
    ...(database && { GATEHOUSE_DATABASE_URL: database.url }),
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    GATEHOUSE_PUBLIC_URL: 'https://gatehouse.test',
    GATEHOUSE_WEBHOOK_NETWORKS: '127.0.0.1',
  }
}

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`149 an event that was committed before a crash is delivered after it (${engine})`, async (t) => {
    const env = await environment(t, engine)
    const scopes = [...usualScopes, 'webhooks:write'].flatMap((scope) => ['--scope', scope])
    const made = await runGatehouse(['clients', 'create', 'crash', '--allow', '203.0.113.7', '--json', ...scopes], env)
    assert.equal(made.code, 0, made.stderr)
    const { secret } = JSON.parse(made.stdout) as { readonly secret: string }
    // Nobody listens until the server is dead, so that nothing can have arrived before.
    const { port, url: hookUrl, close } = await startReceiver()
    await close()

    const first = await startGatehouse(t, env, 'serve')
    const withProxy: typeof fetch = (input, init) =>
      fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...asProxy } })
    const gatehouse = createGatehouse({ url: first.url, clientId: 'crash', secret, fetch: withProxy, scheme: 'v1' })
    await gatehouse.webhookEndpoints.create({ url: hookUrl, events: ['user.created'] })
    const users = await Promise.all(
      Array.from({ length: 5 }, (_, index) => gatehouse.users.create({ email: `crash${index}@example.test` })),
    )
    process.kill(first.pid ?? assert.fail('it has no process'), 'SIGKILL')

    const receiver = await startReceiver({ port })
    t.after(() => receiver.close())
    const missing = new Set<unknown>(users.map(({ id }) => id))
    const all = new Promise<void>((resolve) => {
      receiver.answer((response, { body }) => {
        response.writeHead(204).end()
        missing.delete((JSON.parse(body) as { data: { user_id?: string } }).data.user_id)
        if (missing.size === 0) resolve()
      })
    })
    const second = await startGatehouse(t, env, 'serve')
    await all
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    assert.ok(new Set(ids).size >= users.length)
    await second.stop()
  })
}
