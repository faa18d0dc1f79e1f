import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
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
