import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesContentDigest } from './content-digest.ts'
import { contentDigest } from './test-requests.ts'

const body = Buffer.from('{"hello": "world"}')

test('the digest of the test request of RFC 9421 matches', () => {
  // Appendix B.2.
  const digest = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
  assert.ok(matchesContentDigest(digest, body))
})

test('one digest or both, in any order, beside those that nobody asked for', () => {
  const [short, long] = [contentDigest(body), contentDigest(body, 'sha-512')]
  const old = 'md5=:AAAAAAAAAAAAAAAAAAAAAA==:'
  for (const field of [short, long, `${short}, ${long}`, `${long},${short}`, `${old}, ${short}`, `${short};x=1`]) {
    assert.ok(matchesContentDigest(field, body), field)
  }
})

test('a digest of something else is not outweighed by a right one', () => {
  const other = Buffer.from('{"hello": "World"}')
  const fields = [
    contentDigest(other),
    `${contentDigest(body)}, ${contentDigest(other, 'sha-512')}`,
    `${contentDigest(other)}, ${contentDigest(body, 'sha-512')}`,
  ]
  for (const field of fields) assert.equal(matchesContentDigest(field, body), false, field)
})

test('what is no digest, stands there twice or is by an unsafe algorithm only does not match', () => {
  const right = contentDigest(body)
  const base64 = right.slice('sha-256=:'.length, -1)
  const fields = [
    '',
    'sha-256',
    'sha-256=?1',
    'sha-256=::',
    'sha-256=(:AAAA:)',
    `sha-256="${base64}"`,
    `sha-256=${base64}`,
    `sha-256=(:${base64}:)`,
    `sha-256=:${base64.slice(0, -1)}:`,
    `SHA-256=:${base64}:`,
    `sha-512=:${base64}:`,
    `sha=:${base64}:`,
    `${right}, ${right}`,
    `${right},`,
    'md5=:AAAAAAAAAAAAAAAAAAAAAA==:',
    'constructor=:AAAA:',
  ]
  for (const field of fields) assert.equal(matchesContentDigest(field, body), false, field)
})
