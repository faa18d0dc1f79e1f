import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGatehouse } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing/start-test-server'

test('the server lets connections of the SDK stay open for a minute, and not for more than five', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const seen: (string | null)[] = []
  const { slug, secret } = await server.createClient()
  const gatehouse = createGatehouse({
    url: server.url,
    clientId: slug,
    secret,
    now: server.clock.now,
    async fetch(input, init) {
      const answer = await fetch(input, init)
      seen.push(answer.headers.get('keep-alive'))
      return answer
    },
  })
  await gatehouse.users.listPage({})
  // Node's fetch goes by this word of the server.
  const seconds = Number(/^timeout=(\d+)$/.exec(seen[0] ?? '')?.[1])
  assert.ok(seconds >= 60 && seconds <= 300, String(seen[0]))
})
