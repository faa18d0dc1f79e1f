import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { compareMessage } from './compare-message.ts'
import { readRequest } from './read-request.ts'
import { type MessageParts, signMessage } from './sign-message.ts'

const signer = { clientId: 'portal', secret: 'gh_live_9f86d081884c7d659a2feaa0c55ad015' }
const parts: MessageParts = {
  ...signer,
  created: 1_710_072_000,
  nonce: 'n-0123456789_abcdef',
  method: 'POST',
  authority: 'auth.example.com:8443',
  target: '/v1/users?b=a%20b',
  body: Buffer.from('{"email":"ada@example.org"}'),
}

/** The request as a proxy wrote it down, signed as `signed` says and with the headers that `changed` gives in place. */
function capture(signed: Partial<MessageParts> = {}, changed: Readonly<Record<string, string>> = {}, end = '\r\n') {
  const { method, target, authority, body } = parts
  const headers = { Host: authority, ...signMessage({ ...parts, ...signed }), ...changed }
  const lines = [`${method} ${target} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
  return readRequest(Buffer.concat([Buffer.from(`${lines.join(end)}${end}${end}`), body]))
}

/** Signs another text, with the right parameters. */
function signText(rewrite: (base: string) => string) {
  const { 'Signature-Input': input = '', 'Content-Digest': digest } = signMessage(parts)
  const base = [
    '"@method": POST',
    '"@authority": auth.example.com:8443',
    '"@path": /v1/users',
    '"@query": ?b=a%20b',
    '"x-client-id": portal',
    `"content-digest": ${digest}`,
    `"@signature-params": ${input.slice('sig='.length)}`,
  ].join('\n')
  const mac = createHmac('sha256', signer.secret).update(rewrite(base)).digest('base64')
  return capture({}, { Signature: `sig=:${mac}:` })
}

test('a request that is signed rightly has no differences, whatever its lines end in', () => {
  for (const end of ['\r\n', '\n']) assert.deepEqual(compareMessage(capture({}, {}, end), signer), [])
  assert.deepEqual(
    compareMessage(
      signText((base) => base),
      signer,
    ),
    [],
  )
  assert.equal(capture().body.toString(), '{"email":"ada@example.org"}')
})

test('what people do wrong with message signatures is told', () => {
  for (const [request, ...said] of [
    [capture({ method: 'GET' }), /method that was signed is GET/],
    [capture({ authority: 'auth.example.com' }), /without its port/],
    [capture({ target: '/v1/users' }), /without the query/],
    [capture({ secret: `${signer.secret}\n` }), /secret had a line feed/],
    [capture({ method: 'GET', secret: 'portal' }), /client id was used as the secret/, /is GET/],
    [capture({ body: Buffer.from('{}') }), /Content-Digest is not that of the body/],
    [capture({ body: Buffer.alloc(0) }), /must cover "content-digest"/],
    [capture({ clientId: 'shop' }, { 'X-Client-Id': 'portal' }), /keyid must be the client id, portal/],
    [capture({ nonce: 'short' }), /must have created, nonce/],
    [signText((base) => `${base}\n`), /line feed after the last line/],
    [signText((base) => base.replace(/\n"@signature-params.*/, '')), /"@signature-params", is missing/],
    [signText((base) => base.replace(/^"(.*?)"/gm, '$1')), /without quotation marks/],
    [signText((base) => base.replace('"@path": /v1/users', '"@path": /v1/users?b=a%20b')), /was signed with the query/],
    [signText((base) => base.replace('?b', 'b')), /without its question mark/],
  ] as const) {
    const found = compareMessage(request, signer)
    assert.equal(found?.length, said.length, `${said}: ${found}`)
    for (const [index, pattern] of said.entries()) assert.match(found?.[index] ?? '', pattern)
  }
  assert.equal(compareMessage(capture({ secret: 'another' }), signer), undefined)
})

test('what is no request is told in a sentence, and what an editor has added is left out', () => {
  for (const text of ['', '{}', 'GET', 'get / HTTP/1.1', 'GET / HTTP/1.1\r\nno header\r\n\r\n']) {
    assert.throws(
      () => readRequest(Buffer.from(text)),
      /^Error: (The first line of a request|"no header" is no header)/,
    )
  }
  const read = readRequest(Buffer.from('POST /v1/users HTTP/1.1\nContent-Length: 2\nX-A:  b \n\n{}\n'))
  assert.deepEqual(
    [read.method, read.target, read.headers['x-a'], read.body.toString()],
    ['POST', '/v1/users', 'b', '{}'],
  )
})
