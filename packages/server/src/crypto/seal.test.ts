import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Home, open, seal } from './seal.ts'

const random = (bytes: number) => randomBytes(bytes)
const sealing = { id: 'key_01', key: createSecretKey(randomBytes(32)) }
const keyFor = (id: string) => (id === sealing.id ? sealing.key : undefined)
const home = { table: 'factor', row: 'fac_1', column: 'data', tenant: 'ten_1', purpose: 'totp' }
const anyHome: fc.Arbitrary<Home> = fc.record({
  table: fc.string({ unit: 'binary' }),
  row: fc.string({ unit: 'binary' }),
  column: fc.string({ unit: 'binary' }),
  tenant: fc.string({ unit: 'binary' }),
  purpose: fc.string({ unit: 'binary' }),
})
const refusal = /^Error: A sealed value of [\s\S]* does not open: it is damaged, was moved/

test('what was sealed opens again in its home', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), anyHome, (plaintext, place) => {
      const opened = open(keyFor, seal(sealing, plaintext, place, { random }), place)
      assert.equal(Buffer.compare(opened, plaintext), 0)
    }),
  )
  assert.equal(open(keyFor, seal(sealing, 'é🔑', home, { random }), home).toString(), 'é🔑')
})

test('the layout is version, length of the key id, key id, nonce, ciphertext, tag', () => {
  const nonce = Buffer.alloc(12, 9)
  const sealed = seal(sealing, 'secret', home, { random: () => nonce })
  assert.equal(sealed.length, 2 + 6 + 12 + 6 + 16)
  assert.deepEqual(sealed.subarray(0, 8), Buffer.from('\x01\x06key_01'))
  assert.deepEqual(sealed.subarray(8, 20), nonce)
  assert.equal(sealed.includes('secret'), false)
})

test('the sealed values of two users cannot be swapped', () => {
  const his = { ...home, row: 'fac_2' }
  const hers = seal(sealing, 'her secret', home, { random })
  assert.throws(() => open(keyFor, hers, his), refusal)
  assert.equal(open(keyFor, hers, home).toString(), 'her secret')
})

test('a value opens under no other table, row, column, tenant or purpose', () => {
  const sealed = seal(sealing, 'secret', home, { random })
  for (const name of ['table', 'row', 'column', 'tenant', 'purpose'] as const) {
    assert.throws(() => open(keyFor, sealed, { ...home, [name]: `${home[name]}x` }), refusal, name)
    assert.throws(() => open(keyFor, sealed, { ...home, [name]: '' }), refusal, name)
  }
})

test('no two homes are mistaken for each other, whatever their names contain', () => {
  fc.assert(
    fc.property(anyHome, anyHome, (a, b) => {
      const same = (Object.keys(a) as (keyof Home)[]).every((name) => a[name] === b[name])
      fc.pre(!same)
      assert.throws(() => open(keyFor, seal(sealing, 'secret', a, { random }), b), refusal)
    }),
  )
  const sealed = seal(sealing, 'secret', { ...home, table: 'ab', row: 'c' }, { random })
  assert.throws(() => open(keyFor, sealed, { ...home, table: 'a', row: 'bc' }), refusal)
})

test('every flipped bit and every missing byte is detected', () => {
  const sealed = seal(sealing, 'secret', home, { random })
  for (let at = 0; at < sealed.length * 8; at++) {
    const damaged = Buffer.from(sealed)
    damaged[at >> 3]! ^= 1 << (at & 7)
    assert.throws(() => open(keyFor, damaged, home), refusal, `bit ${at}`)
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => open(keyFor, sealed.subarray(0, length), home), refusal, `${length} bytes`)
  }
  assert.throws(() => open(keyFor, Buffer.concat([sealed, Buffer.alloc(1)]), home), refusal)
})

test('random bytes never open and never fail in another way', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.throws(() => open(() => sealing.key, bytes, home), refusal)
    }),
  )
})

test('the key id is part of what is authenticated', () => {
  const sealed = seal(sealing, 'secret', home, { random })
  sealed[7] = '2'.charCodeAt(0)
  assert.throws(() => open(() => sealing.key, sealed, home), refusal)
})

test('an unknown key and another key of the same id are refused', () => {
  const sealed = seal(sealing, 'secret', home, { random })
  assert.throws(() => open(() => undefined, sealed, home), refusal)
  assert.throws(() => open(() => createSecretKey(randomBytes(32)), sealed, home), refusal)
})

test('a key id that could not be read back is refused when sealing', () => {
  for (const id of ['', 'k'.repeat(256), 'ключ', 'k 1']) {
    assert.throws(() => seal({ ...sealing, id }, 'secret', home, { random }), /^Error: The id of a sealing key/)
  }
})

test('a key that is not 256 bits long is refused when sealing', () => {
  const short = { id: 'short', key: createSecretKey(randomBytes(16)) }
  assert.throws(() => seal(short, 'secret', home, { random }))
})
