import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import type { FastifyReply } from 'fastify'
import { Fault } from '../kernel/fault.ts'
import { readBody } from './read-body.ts'

test('a caller who has hung up before the body is waited for keeps nobody waiting', { timeout: 10_000 }, async () => {
  const raw = new IncomingMessage(new Socket())
  raw.headers = { 'content-type': 'application/json', 'content-length': '2' }
  raw.destroy()
  const headers: string[][] = []
  const server = { ended: new WeakSet() }
  const header = (...header: string[]) => headers.push(header)
  const reply = { request: { raw }, server, header } as unknown as FastifyReply
  await assert.rejects(
    async () => readBody(reply, 100),
    (error) => error instanceof Fault && error.code === 'invalid_request',
  )
  assert.deepEqual(headers, [['connection', 'close']])
  assert.ok(server.ended.has(raw.socket))
})
