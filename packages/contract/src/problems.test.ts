import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problems } from './problems.ts'

const rows = Object.entries(problems)

test('every problem has a status of refusal, a title and a way out', () => {
  for (const [code, { status, title, fix }] of rows) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/)
    assert.ok(Number.isInteger(status) && status >= 400 && status <= 503, code)
    assert.match(title, /^[A-Z].*[^.\s]$/, code)
    assert.match(fix, /^[A-Z`].*\.$/s, code)
  }
})

test('no two problems have one title, or nobody could tell them apart', () => {
  assert.equal(new Set(rows.map(([, { title }]) => title)).size, rows.length)
})

test('051: what must not be told apart is one problem', () => {
  const codes = Object.keys(problems)
  for (const telling of [
    /user.*(unknown|not_found|missing)/,
    /unknown_user/,
    /password.*(wrong|invalid)/,
    /disabled/,
    /locked/,
  ]) {
    assert.deepEqual(
      codes.filter((code) => telling.test(code)),
      [],
    )
  }
})

test('who is refused for lack of proof is told 401, for lack of permission 403', () => {
  const statusOf = (pattern: RegExp) =>
    new Set(rows.flatMap(([code, { status }]) => (pattern.test(code) ? [status] : [])))
  assert.deepEqual(
    statusOf(/^(signature|token|mfa|totp|recovery_code|challenge)_|credentials|authentication/),
    new Set([401]),
  )
  assert.deepEqual(statusOf(/(client|method)_not_allowed$|insufficient/), new Set([403, 405]))
})
