import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signingKey } from '../crypto/ed25519.ts'
import { openCheckpoint, signCheckpoint, verifierKey } from './checkpoint.ts'

const key = signingKey(Buffer.alloc(32, 7))
const other = signingKey(Buffer.alloc(32, 8))
const checkpoint = { origin: 'auth.example.test/audit', size: 20_852_163, root: Buffer.alloc(32, 1) }
const note = signCheckpoint(checkpoint, key)

test('a checkpoint is a note of three lines with one signature (C2SP)', () => {
  const [origin, size, root, empty, signature, end, ...more] = note.split('\n')
  assert.deepEqual([origin, size, root], [checkpoint.origin, '20852163', checkpoint.root.toString('base64')])
  assert.deepEqual([empty, end, more], ['', '', []])
  assert.match(signature!, /^— auth\.example\.test\/audit [A-Za-z0-9+/]{90,}={0,2}$/)
  assert.equal(Buffer.from(signature!.split(' ')[2]!, 'base64').length, 4 + 64)
})

test('the public key of RFC 8032, test 1, and its signature', () => {
  const first = signingKey(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'))
  const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
  assert.equal(Buffer.from(first.publicKey).toString('hex'), publicKey)
  assert.match(Buffer.from(first.sign(new Uint8Array())).toString('hex'), /^e5564300c360ac729086e2cc806e828a84877f1e/)
})

test('the key others verify by names the log and holds the public key', () => {
  const text = verifierKey(checkpoint.origin, key.publicKey)
  const [name, hash, bytes] = text.split(/\+(?=[0-9a-f]{8}\+)|(?<=\+[0-9a-f]{8})\+/)
  assert.equal(name, checkpoint.origin)
  assert.match(hash!, /^[0-9a-f]{8}$/)
  assert.deepEqual(Buffer.from(bytes!, 'base64'), Buffer.concat([Buffer.of(1), key.publicKey]))
})

test('it opens with the key that has signed it, among others, and with lines of witnesses', () => {
  assert.deepEqual(openCheckpoint(note, [key.publicKey]), checkpoint)
  assert.deepEqual(openCheckpoint(note, [other.publicKey, key.publicKey]), checkpoint)
  assert.deepEqual(openCheckpoint(`${note}— witness AAAAAAAA\n`, [key.publicKey]), checkpoint)
})

test('it does not open with another key, or when anything in it has changed', () => {
  assert.equal(openCheckpoint(note, [other.publicKey]), undefined)
  assert.equal(openCheckpoint(note, []), undefined)
  for (const [from, to] of [
    ['20852163', '20852164'],
    ['20852163', '020852163'],
    ['AQEB', 'AQEC'],
    ['auth.example', 'auth.exbmple'],
    ['\n\n', '\nextension\n\n'],
    ['\n\n', '\n'],
  ] as const) {
    assert.equal(openCheckpoint(note.replace(from, to), [key.publicKey]), undefined, `${from} → ${to}`)
  }
  for (const nothing of ['', '\n\n', 'a\n1\nAA==\n\n'])
    assert.equal(openCheckpoint(nothing, [key.publicKey]), undefined)
})
