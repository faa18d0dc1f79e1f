import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { commitTo, type PersonalFields } from './commitment.ts'

const salt = Buffer.alloc(16, 5)
const nothing: PersonalFields = { email: null, ipAddress: null, userAgent: null, geoLocation: null }
const hex = (personal: PersonalFields, by: Uint8Array = salt) => Buffer.from(commitTo(by, personal)).toString('hex')

test('a commitment is SHA-256 over salt and a JSON list of the fields: others can make it too', () => {
  const personal = { ...nothing, email: 'ada@example.test', ipAddress: '192.0.2.7' }
  const expected = createHash('sha256').update(salt).update('["ada@example.test","192.0.2.7",null,null]').digest('hex')
  assert.equal(hex(personal), expected)
})

test('the order in which the fields were written does not matter', () => {
  const { email, ipAddress, userAgent, geoLocation } = { ...nothing, email: 'a', userAgent: 'b' }
  assert.equal(hex({ geoLocation, userAgent, ipAddress, email }), hex({ email, ipAddress, userAgent, geoLocation }))
})

test('different fields have different commitments: absent, empty, in another place, run together', () => {
  const different: readonly Partial<PersonalFields>[] = [
    {},
    { email: '' },
    { email: 'null' },
    { ipAddress: '' },
    { email: 'a' },
    { ipAddress: 'a' },
    { userAgent: 'a' },
    { geoLocation: 'a' },
    { email: 'a', ipAddress: 'b' },
    { email: 'ab' },
    { email: 'a","b' },
    { email: 'a', userAgent: 'b' },
    { email: '\ud800' },
    { email: '\ud801' },
    { email: '\ufffd' },
    { email: 'é' },
    { email: 'e\u0301' },
  ]
  assert.equal(new Set(different.map((fields) => hex({ ...nothing, ...fields }))).size, different.length)
})

test('without the salt nobody finds out by trying whose event it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (other) => {
      fc.pre(Buffer.compare(salt, other) !== 0)
      assert.notEqual(
        hex({ ...nothing, email: 'ada@example.test' }, other),
        hex({ ...nothing, email: 'ada@example.test' }),
      )
    }),
  )
})
