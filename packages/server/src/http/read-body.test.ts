import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { Fault } from '../kernel/fault.ts'
import { readBody } from './read-body.ts'
import { testExchange } from './test-exchange.ts'

test('a caller who has hung up before the body is waited for keeps nobody waiting', { timeout: 10_000 }, async () => {
  const raw = new IncomingMessage(new Socket())
  raw.headers = { 'content-type': 'application/json', 'content-length': '2' }
  raw.destroy()
  const exchange = testExchange(raw, new ServerResponse(raw))
  await assert.rejects(
    async () => readBody(exchange, 100),
    (error) => error instanceof Fault && error.code === 'invalid_request',
  )
  assert.ok(exchange.isLast)
  assert.ok(exchange.connection.hasEnded)
})
