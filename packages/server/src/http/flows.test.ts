import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import Fastify from 'fastify'
import { flows } from './flows.ts'

async function listening(parts: () => AsyncGenerator<string>) {
  const http = Fastify()
  const send = flows(http)
  http.get('/', async (_request, reply) => send(reply, { mediaType: 'text/csv', fileName: 'x.csv', parts: parts() }))
  await http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = http.server.address() as AddressInfo
  const ask = async () => {
    const asked = request({ host: '127.0.0.1', port, path: '/' })
    asked.end()
    const [answer] = await once(asked, 'response')
    return answer
  }
  return { http, ask }
}

const part = 'x'.repeat(100_000)

test('parts are made as they are taken, and no more when the reader goes', async () => {
  let made = 0
  let ended: (() => void) | undefined
  const over = new Promise<void>((resolve) => {
    ended = resolve
  })
  const { http, ask } = await listening(async function* () {
    try {
      for (; made < 100_000; made++) yield part
    } finally {
      ended?.()
    }
  })
  const answer = await ask()
  answer.pause()
  // The machine's own buffers fill, and then nothing more is made: the count stands still.
  for (let before = -1; before !== made; ) {
    before = made
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  assert.ok(made < 1000, `${made} parts`)
  answer.destroy()
  await over
  await http.close()
})

test('a flow that fails half-way, or that the server ends, is seen to be cut short', async () => {
  const failing = await listening(async function* () {
    yield part
    throw new Error('the database is gone')
  })
  const answer = await failing.ask()
  answer.resume()
  const [error] = await once(answer, 'error')
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(answer.complete, false)
  await failing.http.close()

  const endless = await listening(async function* () {
    for (;;) {
      yield part
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
  const second = await endless.ask()
  await once(second, 'data')
  second.resume()
  const cut = once(second, 'error')
  await endless.http.close()
  await cut
  assert.equal(second.complete, false)
})
