import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { Email } from '@gatehouse/contract/fields'
import { pathParameters } from '@gatehouse/contract/operation'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { matchesContentDigest } from '@gatehouse/server/clients/signatures/content-digest'
import { findMessageSignature } from '@gatehouse/server/clients/signatures/message-signature'
import { decodeBase32 } from '@gatehouse/server/factors/base32'
import { CodeResponse } from '@gatehouse/server/factors/code-response'
import { parseCodeText } from '@gatehouse/server/factors/recovery-codes/code-text'
import { sourceOf } from '@gatehouse/server/guard/source'
import { findCaller } from '@gatehouse/server/http/forwarded'
import { canonicalAddress } from '@gatehouse/server/kernel/address'
import { readCursor } from '@gatehouse/server/kernel/cursor'
import { parseInput } from '@gatehouse/server/kernel/parse-input'
import { parseJson } from '@gatehouse/server/kernel/parse-json'
import { loadCommonPasswords } from '@gatehouse/server/passwords/common-passwords'
import { checkPassword } from '@gatehouse/server/passwords/password-policy'
import { emailKey } from '@gatehouse/server/users/email'
import { type Attempt, attack } from './support.ts'

const ofClients = everyOperation.filter(({ caller }) => caller === 'client')

/** What makes readers go back: runs that almost fit, separators, openings without an end, marks that pile up. */
const pieces = [
  ...['a', '0', ' ', '\t', ',', ';', '.', '-', '@', '=', '"', '\\\\', '(', '[', '%', ':'],
  ...['a.', 'a@', ' ,', ', ', '"a",', 'a=1,', 'a;b;', '%00', '::', '0.', '\\\\"', 'a="', '((', '[[', '{"a":'],
  ...['e\u0301', '\u0301', '\u200d', '\ufdfa', '\u{1f468}\u200d', '\u0130', '\u1e9e'],
]
const largest = 65_536
const fill = (piece: string, length = largest) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

/** The same run with something before or after it that makes it fail, or seem to fit, at its far end. */
const crafted = pieces.flatMap((piece) => [
  fill(piece),
  `${fill(piece).slice(0, -1)}!`,
  `a@b.${fill(piece).slice(5)}`,
  `for=${fill(piece).slice(5)}!`,
  `a b${fill(piece).slice(4)} c`,
])

/** What this thread has spent in the best of three: the machine may do other things as well. */
async function spentMs(run: () => unknown): Promise<number> {
  const times: number[] = []
  while (times.length < 3 && !(times[0] !== undefined && times[0] < 25)) {
    const before = process.threadCpuUsage()
    await run()
    const { user, system } = process.threadCpuUsage(before)
    times.push((user + system) / 1000)
  }
  return Math.min(...times)
}

/** What is thrown is an answer as well. */
function quietly(run: () => unknown): unknown {
  try {
    return run()
  } catch {
    return undefined
  }
}

test('196 whoever reads text reads the worst of it in no time', async () => {
  const common = await loadCommonPasswords()
  const untrusted = () => true
  const policy = defaultPolicy()
  const rules = { standsAlone: true, policy, common, email: 'ada@example.org', name: null, serviceNames: ['Gatehouse'] }
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    'an e-mail address': (text) => Email.safeParse(text),
    'the key of an address': emailKey,
    'X-Forwarded-For': (text) => findCaller('x-forwarded-for', text, untrusted),
    'X-Forwarded-For of the largest size': (text) => findCaller('x-forwarded-for', text.slice(-4096), untrusted),
    Forwarded: (text) => findCaller('forwarded', text, untrusted),
    'Forwarded of the largest size': (text) => findCaller('forwarded', text.slice(-4096), untrusted),
    'an address': canonicalAddress,
    'a source': sourceOf,
    'Signature-Input': (text) => findMessageSignature(text, 'sig=:AAAA:'),
    Signature: (text) => findMessageSignature('sig=("@method")', text),
    'Content-Digest': (text) => matchesContentDigest(text, new Uint8Array()),
    base32: decodeBase32,
    'a code': (text) => CodeResponse.safeParse({ code: text }),
    'a recovery code': parseCodeText,
    'a cursor': (text) => readCursor(text, 'users'),
    JSON: (text) => parseJson(Buffer.from(text), { depth: 16, names: 200 }),
    'a JSON string': (text) => parseJson(Buffer.from(JSON.stringify({ a: text })), { depth: 16, names: 200 }),
    'a password': (text) => checkPassword(text, rules),
    'the name in a password': (text) => checkPassword(fill('a', 200), { ...rules, name: text.slice(0, 200) }),
  }
  for (const [what, read] of Object.entries(readers)) {
    for (const text of crafted) {
      const spent = await spentMs(() => quietly(() => read(text)))
      assert.ok(spent < 50, `${what}: ${JSON.stringify(text.slice(0, 12))}… takes ${spent} ms`)
    }
  }
})

test('196 every operation judges the worst text in any field in no time', async () => {
  for (const operation of ofClients) {
    for (const field of Object.keys(operation.input.shape)) {
      for (const text of [...crafted, Array(30_000).fill('a'), Array(30_000).fill(null)]) {
        const spent = await spentMs(() => quietly(() => parseInput(operation.input, { [field]: text })))
        assert.ok(spent < 50, `${operation.id} ${field}: ${JSON.stringify(text.slice(0, 12))}… takes ${spent} ms`)
      }
    }
  }
})

attack('196 the whole way of a request is short, whatever stands in its headers and its body', async (app) => {
  const worst = ['a', ' ', ',', '"', '%00', 'a=1,', '\\\\', '(', 'e\u0301', '::'].map((piece) => fill(piece, 60_000))
  const ascii = worst.filter((text) => /^[ -~]*$/.test(text)).map((text) => `x${text.slice(0, 15_000)}x`)
  const names =
    `user-agent accept accept-language accept-encoding cookie authorization x-forwarded-for forwarded x-request-id
    signature-input signature content-digest x-signature x-timestamp x-client-id if-none-match range x-session-token
    traceparent origin referer`.split(/\s+/)
  const attempts: Attempt[] = [
    ...names.flatMap((name) => ascii.map((text) => ({ path: '/v1/users', headers: { [name]: text } }))),
    ...ascii.flatMap((text) =>
      ['cursor', 'email', 'limit', 'x'].map((name) => ({
        path: `/v1/users?${name}=${encodeURIComponent(text).slice(0, 14_000)}`,
      })),
    ),
    ...ofClients
      .filter(({ method, path }) => method !== 'GET' && pathParameters(path).length === 0)
      .flatMap(({ method, path, input }) =>
        Object.keys(input.shape).flatMap((field) =>
          worst.map((text) => ({ method, path, body: { [field]: text.slice(0, 30_000) } })),
        ),
      ),
  ]
  for (const attempt of attempts) {
    const what = JSON.stringify(attempt).slice(0, 120)
    const spent = await spentMs(async () => {
      const { status } = await app.send(attempt)
      assert.ok(status < 500, what)
    })
    assert.ok(spent < 50, `${what} takes ${spent} ms`)
  }
})
