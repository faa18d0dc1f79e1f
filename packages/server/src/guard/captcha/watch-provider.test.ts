import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openProvider, type ProviderLine } from './ask-provider.ts'
import { watchProvider } from './watch-provider.ts'

const start = new Date('2026-11-22T10:00:00Z')
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000)
const yes = { success: true, hostname: 'a.example', action: 'login', challenge_ts: start.toISOString() }

/** A provider that answers as `answer` says, and what was asked of it. */
async function serveProvider(t: TestContext, answer: RequestListener) {
  const asked: string[] = []
  const http = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      asked.push(body)
      answer(request, response)
    })
  })
  await new Promise<void>((done) => {
    http.listen(0, '127.0.0.1', done)
  })
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  return { asked, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/siteverify` }
}

function lineTo(t: TestContext, verifyUrl: string, longestMs = 3000): ProviderLine {
  const account = { provider: 'turnstile', siteKey: 'site key', secret: 's&cret', hostnames: ['a.example'] } as const
  const line = openProvider({ ...account, verifyUrl }, longestMs)
  t.after(() => line.close())
  return line
}

test('a provider is asked with secret, token and site key in a form', async (t) => {
  const { asked, url } = await serveProvider(t, (_, response) => response.end(JSON.stringify(yes)))
  const provider = watchProvider(lineTo(t, url), 0.5, () => {})
  assert.deepEqual(await provider.verify('tök&en', start), { outcome: 'solved' })
  assert.deepEqual(Object.fromEntries(new URLSearchParams(asked[0])), {
    secret: 's&cret',
    response: 'tök&en',
    sitekey: 'site key',
  })
})

const troubles: Readonly<Record<string, RequestListener>> = {
  'hangs up': (request) => request.socket.destroy(),
  'never answers': () => {},
  'stops in the middle': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('{"success":')
  },
  'answers 500': (_, response) => response.writeHead(500).end(JSON.stringify(yes)),
  'answers garbage': (_, response) => response.end('<html>welcome</html>'),
  'answers without an end': (_, response) => {
    const more = () => response.destroyed || !response.write(' '.repeat(65_536)) || setImmediate(more)
    response.on('drain', more)
    more()
  },
  'sends us elsewhere': (_, response) => response.writeHead(307, { location: '/yes' }).end(JSON.stringify(yes)),
}

for (const [trouble, answer] of Object.entries(troubles)) {
  test(`182 a provider that ${trouble} is unavailable`, async (t) => {
    const { asked, url } = await serveProvider(t, answer)
    const failures: unknown[] = []
    const provider = watchProvider(lineTo(t, url, 200), 0.5, (error) => failures.push(error))
    assert.equal((await provider.verify('token', start)).outcome, 'unavailable')
    assert.equal(asked.length, 1)
    assert.equal(failures.length, 1)
    assert.doesNotMatch(String(failures[0]), /s&cret|token/)
  })
}

test('182 a provider that failed is left alone for ten seconds, and told of once', async (t) => {
  let isDown = true
  const { asked, url } = await serveProvider(t, (_, response) =>
    response.writeHead(isDown ? 503 : 200).end(JSON.stringify(yes)),
  )
  const failures: unknown[] = []
  const provider = watchProvider(lineTo(t, url), 0.5, (error) => failures.push(error))
  assert.equal(await provider.isUp(start), false)
  assert.equal((await provider.verify('token', later(9))).outcome, 'unavailable')
  assert.equal(await provider.isUp(later(9)), false)
  assert.equal(asked.length, 1)
  assert.equal(await provider.isUp(later(10)), false)
  assert.deepEqual([asked.length, failures.length], [2, 1])
  isDown = false
  assert.equal(await provider.isUp(later(20)), true)
  assert.equal((await provider.verify('token', later(21))).outcome, 'solved')
  assert.equal(await provider.isUp(later(80)), true)
  assert.equal(asked.length, 4)
})

test('a provider that is not there at all is unavailable', async (t) => {
  const provider = watchProvider(lineTo(t, 'http://127.0.0.1:9/siteverify'), 0.5, () => {})
  assert.deepEqual(await provider.verify('token', start), { outcome: 'unavailable', reason: 'ECONNREFUSED' })
})
