import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { judgeError } from '../webhooks/judge-attempt.ts'
import { webhookReach } from '../webhooks/webhook-url.ts'
import { openStrangerLine } from './stranger-line.ts'

test('141 144 no spelling of an address inside is connected to, even if it was saved', async (t) => {
  let connections = 0
  const server = createServer((_, response) => response.end()).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  const { port } = server.address() as AddressInfo
  const line = openStrangerLine({ longestMs: 30_000, mayReach: webhookReach([]).mayReach, resolvers: ['127.0.0.1:9'] })
  t.after(async () => {
    await line.close()
    server.closeAllConnections()
    server.close()
  })
  const addresses = [
    ...['127.0.0.1', '127.1', '0177.0.0.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...['[64:ff9b::7f00:1]', '①②⑦.⓪.⓪.①', '0.0.0.0', '0', '[::]', '127.0.0.1.', '[::127.0.0.1]', '[2002:7f00:1::]'],
  ]
  for (const scheme of ['https', 'http']) {
    for (const address of addresses) {
      const url = `${scheme}://${address}:${port}/`
      await assert.rejects(line.post({ url, headers: {}, body: '' }), { code: 'ENOTPUBLIC' }, url)
    }
  }
  for (const url of ['ftp://127.0.0.1/', 'file:///etc/passwd']) {
    await assert.rejects(line.post({ url, headers: {}, body: '' }), { code: 'ENOTPUBLIC' }, url)
  }
  // Names are asked of servers of names alone: what this machine knows by itself (its hosts file) is not asked.
  await assert.rejects(line.post({ url: `http://localhost:${port}/`, headers: {}, body: '' }))
  assert.equal(connections, 0)
})

/** A receiver that does this with each request. */
async function receiverOf(t: TestContext, answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

test('145 one time is for all of a request: the look-up of the name, the connection and the answer', async (t) => {
  const names = createSocket('udp4')
  names.bind(0, '127.0.0.1')
  await once(names, 'listening')
  const resolvers = [`127.0.0.1:${names.address().port}`]
  const line = openStrangerLine({ longestMs: 300, mayReach: () => true, resolvers })
  t.after(async () => {
    await line.close()
    names.close()
  })
  const silent = await receiverOf(t, () => undefined)
  const promising = await receiverOf(t, (_, response) => response.writeEarlyHints({ link: '</a>; rel=preload' }))
  for (const url of ['http://never.example.test/', silent, promising]) {
    const failure = await line.post({ url, headers: {}, body: 'x' }).then(() => 'taken', judgeError)
    assert.equal(failure, 'timeout', url)
  }
})

test('who stops lets go of what is under way, and begins nothing more', async (t) => {
  const line = openStrangerLine({ longestMs: 600_000, mayReach: () => true })
  t.after(() => line.close())
  const stopping = new AbortController()
  let asked = 0
  const url = await receiverOf(t, () => {
    asked++
    stopping.abort()
  })
  const post = () => line.post({ url, headers: {}, body: 'x' }, stopping.signal)
  await assert.rejects(post(), { name: 'AbortError' })
  await assert.rejects(post(), { name: 'AbortError' })
  assert.equal(asked, 1)
})

test('an answer that is too long is cut off, and its status counts', async (t) => {
  const line = openStrangerLine({ longestMs: 600_000, mayReach: () => true })
  t.after(() => line.close())
  const url = await receiverOf(t, (_, response) => {
    response.writeHead(429, { 'retry-after': '7' })
    const pour = () => {
      while (response.writable && response.write(Buffer.alloc(16_384)));
    }
    response.on('drain', pour)
    pour()
  })
  assert.deepEqual(await line.post({ url, headers: {}, body: 'x' }), { status: 429, retryAfter: '7' })
})
