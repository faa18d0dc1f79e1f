import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCursor, writeCursor } from './cursor.ts'

const refused = { name: 'Fault', code: 'invalid_request', options: { errors: [{ pointer: '/cursor' }] } }

function isRefused(cursor: string, filter: unknown = {}): void {
  assert.throws(
    () => readCursor(cursor, filter),
    (error: typeof refused) => {
      assert.equal(error.code, refused.code)
      assert.equal(error.options.errors[0]?.pointer, '/cursor')
      return true
    },
    cursor,
  )
}

test('a cursor leads back to its place', () => {
  for (const place of [0, 1, 42, 999_999_999_999_999]) {
    assert.equal(readCursor(writeCursor(place, { email: 'a@b.example' }), { email: 'a@b.example' }), place)
  }
})

test('without a cursor a list begins above every place', () => {
  assert.ok(readCursor(undefined, {}) > 999_999_999_999_999)
})

test('a cursor is good for its own filter only', () => {
  const cursor = writeCursor(42, { email: 'a@b.example', outcome: undefined })
  assert.equal(readCursor(cursor, { email: 'a@b.example' }), 42)
  for (const other of [{}, { email: 'c@b.example' }, { email: 'a@b.example', outcome: 'failure' }, null]) {
    isRefused(cursor, other)
  }
})

test('163: a cursor that nobody made is refused', () => {
  const [print] = Buffer.from(writeCursor(42, {}), 'base64url').toString().split('.')
  for (const place of ['', '-1', '1e9', ' 1', '0x1', '1 OR 1=1', '9'.repeat(16), 'Infinity', 'NaN', '1\n', '１']) {
    isRefused(Buffer.from(`${print}.${place}`).toString('base64url'))
  }
  for (const text of ['', '.', 'a', '42', "' OR 1=1", '\0', '\ud800', '!'.repeat(512), print ?? '']) isRefused(text)
})
