import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GatehouseErrorCode, gatehouseError } from './gatehouse-error.ts'
import { delayBeforeRetry, type Failed } from './retry.ts'

const retries = { max: 3, firstDelayMs: 1000, windowMs: 900_000 }
const read = { method: 'GET', rate: 'users' } as const
const write = { method: 'POST', rate: 'users' } as const
const login = { method: 'POST', rate: 'auth' } as const
const errorOf = (
  code: GatehouseErrorCode,
  more: { status?: number; retryAfterSeconds?: number; cause?: unknown } = {},
) => gatehouseError({ code, message: code, cause: undefined, ...more })
const delay = (failed: Partial<Failed>) =>
  delayBeforeRetry(
    { operation: read, hasKey: false, error: errorOf('overloaded'), retried: 0, elapsedMs: 0, chance: 0.5, ...failed },
    retries,
  )

test('three retries, after one, two and four seconds, half a second more or less', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((retried) => delay({ retried })),
    [1000, 2000, 4000, undefined],
  )
  assert.deepEqual(
    [0, 1].map((chance) => delay({ chance })),
    [500, 1500],
  )
})

test('what the server asks for wins, and nobody comes sooner', () => {
  const error = errorOf('overloaded', { status: 503, retryAfterSeconds: 20 })
  assert.deepEqual(
    [0, 1].map((chance) => delay({ error, chance })),
    [20_000, 20_500],
  )
})

test('a retry that would come after the window is none', () => {
  assert.equal(delay({ elapsedMs: 899_000 }), 1000)
  assert.equal(delay({ elapsedMs: 899_001 }), undefined)
  assert.equal(delay({ error: errorOf('rate_limited', { retryAfterSeconds: 900 }) }), undefined)
})

test('reads are made again when the answer was lost, and what has a key; nothing else is', () => {
  const lost = [
    errorOf('timeout'),
    errorOf('connection_failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
    errorOf('unexpected_answer', { status: 502 }),
    errorOf('internal_error', { status: 500 }),
  ]
  for (const error of lost) {
    assert.equal(delay({ error }), 1000, error.code)
    assert.equal(delay({ error, operation: write }), undefined, error.code)
    assert.equal(delay({ error, operation: write, hasKey: true }), 1000, error.code)
  }
  const error = errorOf('idempotency_in_progress', { status: 409, retryAfterSeconds: 1 })
  assert.equal(delay({ error, operation: write, hasKey: true }), 1250)
  assert.equal(delay({ error: errorOf('idempotency_answer_lost'), operation: write, hasKey: true }), undefined)
})

test('what never began is made again, writes too', () => {
  const cause = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) })
  for (const error of [
    errorOf('connection_failed', { cause }),
    errorOf('overloaded'),
    errorOf('storage_unavailable'),
  ]) {
    assert.equal(delay({ error, operation: write }), 1000, error.code)
  }
})

test('who signs in is told at once that there were too many', () => {
  const error = errorOf('rate_limited', { status: 429, retryAfterSeconds: 5 })
  assert.equal(delay({ error, operation: login }), undefined)
  assert.equal(delay({ error, operation: { method: 'POST', rate: 'validate' } }), undefined)
  assert.equal(delay({ error, operation: write }), 5250)
})

test('a refusal is an answer', () => {
  for (const code of [
    'invalid_request',
    'too_many_attempts',
    'signature_invalid',
    'not_found',
    'mfa_code_invalid',
  ] as const) {
    assert.equal(delay({ error: errorOf(code) }), undefined, code)
  }
  assert.equal(delay({ error: errorOf('unexpected_answer', { status: 307 }) }), undefined)
})
