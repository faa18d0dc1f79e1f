import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { askTime, readOffset, timeRequest } from './ask-time.ts'

const nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const ntpEpochSeconds = 2_208_988_800n

/** What a server says that got `request` at one time and answered at another. */
function answerTo(request: Uint8Array, { arrivedMs, leftMs, first = 0b00_100_100, stratum = 2 }: Answered): Buffer {
  const packet = Buffer.alloc(48)
  packet[0] = first
  packet[1] = stratum
  packet.set(request.subarray(40, 48), 24)
  packet.writeBigUInt64BE(timestamp(arrivedMs), 32)
  packet.writeBigUInt64BE(timestamp(leftMs), 40)
  return packet
}

interface Answered {
  readonly arrivedMs: number
  readonly leftMs: number
  readonly first?: number
  readonly stratum?: number
}

/** 32 bits of seconds and 32 of what is below them (RFC 4330, section 3). */
function timestamp(ms: number): bigint {
  const seconds = BigInt(Math.floor(ms / 1000)) + ntpEpochSeconds
  return ((seconds & 0xffffffffn) << 32n) | ((BigInt(Math.round((ms % 1000) * 1000)) * 2n ** 32n) / 1_000_000n)
}

test('the way there and back is taken out of the difference', () => {
  // Ours is 5 s ahead; 100 ms there, 20 ms in the server, 300 ms back: half of the difference of the ways stays.
  const sentMs = Date.parse('2026-11-22T12:00:05Z')
  const answer = answerTo(timeRequest(nonce), { arrivedMs: sentMs - 4900, leftMs: sentMs - 4880 })
  const offset = readOffset(answer, { nonce, sentMs, receivedMs: sentMs + 420 })
  assert.ok(offset !== undefined && Math.abs(offset - 5100) < 1, String(offset))
})

test('the seconds of the network begin anew in 2036', () => {
  const sentMs = Date.parse('2040-01-01T00:00:00Z')
  const answer = answerTo(timeRequest(nonce), { arrivedMs: sentMs, leftMs: sentMs })
  const offset = readOffset(answer, { nonce, sentMs, receivedMs: sentMs })
  assert.ok(offset !== undefined && Math.abs(offset) < 1, String(offset))
})

test('what is no answer to the question is none: another question, a client, a server that does not know', () => {
  const at = Date.parse('2026-11-22T12:00:00Z')
  const times = { arrivedMs: at, leftMs: at }
  const asked = { nonce, sentMs: at, receivedMs: at }
  const request = timeRequest(nonce)
  assert.equal(readOffset(answerTo(request, times), asked), 0)
  const others = [
    answerTo(timeRequest(Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9)), times),
    answerTo(request, { ...times, first: 0b00_100_011 }),
    answerTo(request, { ...times, stratum: 0 }),
    answerTo(request, { ...times, stratum: 16 }),
    answerTo(request, times).subarray(0, 47),
  ]
  for (const other of others) assert.equal(readOffset(other, asked), undefined)
})

/** A server of the network whose clock is `aheadMs` ahead of ours, or one that says nothing. */
async function timeServer(t: TestContext, aheadMs: number | undefined): Promise<number> {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.on('message', (request, { port }) => {
    if (aheadMs === undefined) return
    const now = Date.now() + aheadMs
    socket.send(answerTo(request, { arrivedMs: now, leftMs: now }), port, '127.0.0.1')
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

test('a server is asked, and one that is silent is waited for no longer than was said', async (t) => {
  const ask = (port: number, timeoutMs: number) => askTime({ host: '127.0.0.1', port, timeoutMs, nonce })
  const offset = await ask(await timeServer(t, 3_600_000), 10_000)
  assert.ok(offset < -3_500_000 && offset > -3_700_000, String(offset))
  await assert.rejects(ask(await timeServer(t, undefined), 50), /no answer in 0\.05 seconds/)
})
