import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { openPublicLine } from './outgoing-line.ts'
import { publicLookup } from './public-lookup.ts'

const options = { longestMs: 10_000, largestAnswer: 1000 }
const at =
  (...addresses: readonly string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

test('nothing goes to an address inside, whatever it is called', async (t) => {
  let calls = 0
  const server = createServer((socket) => {
    calls++
    socket.destroy()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [`https://inside.example:${port}/`, ['127.0.0.1']],
    [`https://inside.example:${port}/`, ['::ffff:127.0.0.1']],
    // One of several is enough: which is taken is not ours to say.
    [`https://half.example:${port}/`, ['8.8.8.8', '127.0.0.1']],
    [`https://nowhere.example:${port}/`, []],
    [`https://metadata.example:${port}/`, ['169.254.169.254']],
    [`http://public.example:${port}/`, ['8.8.8.8']],
    [`https://127.0.0.1:${port}/`, []],
    [`https://0x7f.1:${port}/`, []],
    [`https://2130706433:${port}/`, []],
    [`https://[::1]:${port}/`, []],
    [`https://8.8.8.8:${port}/`, []],
  ]
  for (const [url, addresses] of cases) {
    const line = openPublicLine({ ...options, resolve: at(...addresses) })
    await assert.rejects(line.post({ url, headers: {}, body: 'x' }), /outside|inside/, url)
    await line.close()
  }
  // By the resolver of the machine.
  const line = openPublicLine(options)
  await assert.rejects(line.post({ url: `https://localhost:${port}/`, headers: {}, body: 'x' }), /inside/)
  await line.close()
  assert.equal(calls, 0)
})

test('whoever connects gets the addresses that were judged', async () => {
  const find = (addresses: readonly string[], all: boolean) =>
    new Promise<unknown>((resolve, reject) => {
      publicLookup(at(...addresses))('a.example', { all }, (error, found, family) =>
        error ? reject(error) : resolve(all ? found : [found, family]),
      )
    })
  assert.deepEqual(await find(['8.8.8.8', '2606:4700::1111'], true), [
    { address: '8.8.8.8', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ])
  assert.deepEqual(await find(['8.8.8.8', '2606:4700::1111'], false), ['8.8.8.8', 4])
  await assert.rejects(find(['10.0.0.1'], false), { code: 'ENOTPUBLIC' })
})
