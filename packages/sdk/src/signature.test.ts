import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { signerOf, signerOfV2, signRequest } from './signature.ts'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), 'utf8'))
const vectors = read('signatures.json').classic_v1

test('signatures are those that PHP made', async () => {
  assert.equal(vectors.cases.length, 5)
  const sign = signerOf(vectors.client_secret)
  for (const { body, signature } of vectors.cases) {
    assert.equal(await sign(Number(vectors.timestamp), body), `sha256=${signature}`, body)
    assert.equal(await signRequest(vectors.client_secret, Number(vectors.timestamp), body), `sha256=${signature}`, body)
  }
})

test('bytes are signed as they are, text as UTF-8', async () => {
  const text = '{"name":"é / 🔑"}'
  const expected = `sha256=${createHmac('sha256', 'secret é').update(`1.${text}`).digest('hex')}`
  assert.equal(await signRequest('secret é', 1, text), expected)
  assert.equal(await signRequest('secret é', 1, Buffer.from(text)), expected)
  const bytes = Uint8Array.of(0xff, 0x00, 0xfe)
  const mac = createHmac('sha256', 'secret').update('1.').update(bytes).digest('hex')
  assert.equal(await signRequest('secret', 1, bytes), `sha256=${mac}`)
})

test('signatures of v2 are those that Python made', async () => {
  const { client_secret, client_id: clientId, timestamp, cases } = read('signatures-v2.json')
  assert.equal(cases.length, 4)
  const sign = signerOfV2(client_secret)
  for (const { signature, ...parts } of cases) {
    assert.equal(await sign({ clientId, timestamp: Number(timestamp), ...parts }), `v2=${signature}`)
    const body = Buffer.from(parts.body)
    assert.equal(await sign({ clientId, timestamp: Number(timestamp), ...parts, body }), `v2=${signature}`)
  }
})
