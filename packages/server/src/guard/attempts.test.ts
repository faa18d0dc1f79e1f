import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs, minuteMs, secondMs } from '../kernel/durations.ts'
import { countLoginAttempt, type LoginAttempts, settleLoginAttempt, takeBackLoginAttempt } from './login-attempts.ts'
import { countMfaAttempt, forgiveMfaAttempt, type MfaAttempts } from './mfa-attempts.ts'

const login = { failures: 5, lockMs: 30 * minuteMs, hard: 100 }
const mfa = { failures: 3, windowMs: 300 * secondMs, longestWaitMs: 300 * secondMs, monthly: 100 }
const start = Date.UTC(2026, 10, 21, 12)

test('042 the fifth wrong password locks, and what comes during the lock neither counts nor lengthens it', () => {
  let state: LoginAttempts | undefined
  for (let attempt = 1; attempt <= 5; attempt++) {
    const verdict = countLoginAttempt(state, start, login)
    assert.ok(verdict.allowed)
    assert.equal(verdict.locks, attempt === 5)
    state = settleLoginAttempt(verdict.next)
  }
  assert.deepEqual(countLoginAttempt(state, start + 1, login), { allowed: false, retryAfterMs: 30 * minuteMs - 1 })
  assert.equal(countLoginAttempt(state, start + 30 * minuteMs - 1, login).allowed, false)
})

test('043 after the lock the count begins anew, and the total goes on', () => {
  const locked = { failures: 5, total: 5, lockedUntil: start, unjudged: 0 }
  const verdict = countLoginAttempt(locked, start, login)
  const next = { failures: 1, total: 6, lockedUntil: 0, unjudged: 1 }
  assert.deepEqual(verdict, { allowed: true, locks: false, next })
})

test('a hundred failures in a row close the road until somebody opens it', () => {
  let state: LoginAttempts | undefined
  let nowMs = start
  let judged = 0
  for (let hour = 0; hour < 100; hour++, nowMs += hourMs) {
    for (let attempt = 0; attempt < 10; attempt++) {
      const verdict = countLoginAttempt(state, nowMs, login)
      if (!verdict.allowed) continue
      judged++
      state = verdict.next
    }
  }
  assert.equal(judged, 100)
  const late = countLoginAttempt(state, nowMs + 365 * dayMs, login)
  assert.deepEqual(late, { allowed: false, isHard: true, retryAfterMs: login.lockMs })
})

test('a lock by attempts that are being judged may be gone in a second, and is told so for as long as it may', () => {
  let state: LoginAttempts | undefined
  for (let attempt = 0; attempt < 5; attempt++) {
    const verdict = countLoginAttempt(state, start, login)
    assert.ok(verdict.allowed)
    state = verdict.next
  }
  const wait = (nowMs: number) => {
    const verdict = countLoginAttempt(state, nowMs, login)
    return verdict.allowed ? 0 : verdict.retryAfterMs
  }
  assert.equal(wait(start), secondMs)
  // Whatever a crash has left unjudged is not waited for.
  assert.equal(wait(start + minuteMs), 29 * minuteMs)
  for (let attempt = 0; attempt < 4; attempt++) state = settleLoginAttempt(state)
  assert.equal(wait(start), secondMs)
  state = settleLoginAttempt(state)
  assert.equal(wait(start), 30 * minuteMs)
  assert.deepEqual(settleLoginAttempt(state), state)
  assert.equal(settleLoginAttempt(undefined), undefined)
})

test('066 the fourth failure within 300 seconds is refused until the first has left the window', () => {
  let state: MfaAttempts | undefined
  for (const at of [0, 1000, 2000]) {
    const verdict = countMfaAttempt(state, start + at, mfa)
    assert.ok(verdict.allowed, `at ${at}`)
    state = verdict.next
  }
  assert.deepEqual(countMfaAttempt(state, start + 2000, mfa), { allowed: false, retryAfterMs: 298_000 })
  assert.equal(countMfaAttempt(state, start + 299_999, mfa).allowed, false)
  assert.equal(countMfaAttempt(state, start + 300_000, mfa).allowed, true)
})

test('the wait after failures in a row grows: 0, 0, 30, 60, 120, 300 seconds', () => {
  const waits: number[] = []
  let state: MfaAttempts | undefined
  let nowMs = start
  // A wide window, so that the waits alone are seen.
  const wide = { ...mfa, failures: 50 }
  for (let failure = 0; failure < 8; failure++) {
    const verdict = countMfaAttempt(state, nowMs, wide)
    if (!verdict.allowed) assert.fail('not allowed')
    state = verdict.next
    const next = countMfaAttempt(state, nowMs, wide)
    waits.push(next.allowed ? 0 : (next.retryAfterMs ?? -1) / secondMs)
    nowMs += (waits.at(-1) ?? 0) * secondMs
  }
  assert.deepEqual(waits, [0, 0, 30, 60, 120, 300, 300, 300])
})

test('a success is no failure and clears the row, not the failures before it', () => {
  let state: MfaAttempts | undefined
  for (const at of [start, start + 1]) {
    const verdict = countMfaAttempt(state, at, mfa)
    assert.ok(verdict.allowed)
    state = verdict.next
  }
  state = forgiveMfaAttempt(state, start + 1)
  assert.deepEqual(state, { recent: [start], row: 0, days: { [Math.floor(start / dayMs)]: 1 } })
  assert.equal(
    forgiveMfaAttempt({ recent: [start], row: 1, days: { [Math.floor(start / dayMs)]: 1 } }, start),
    undefined,
  )
})

test('a clock that steps back neither opens a lock early nor stretches it beyond its length', () => {
  let state: MfaAttempts | undefined
  for (const at of [0, 1, 2]) {
    const verdict = countMfaAttempt(state, start + at, mfa)
    assert.ok(verdict.allowed)
    state = verdict.next
  }
  const verdict = countMfaAttempt(state, start - hourMs, mfa)
  assert.deepEqual(verdict, { allowed: false, retryAfterMs: 300_000 })
})

test('an attacker who never rests gets 100 guesses in any 30 days, and 1,200 in a year, as docs/limits.md says', () => {
  const days = 365
  let state: MfaAttempts | undefined
  let nowMs = start
  const guesses: number[] = []
  while (nowMs < start + days * dayMs) {
    const verdict = countMfaAttempt(state, nowMs, mfa)
    if (verdict.allowed) {
      state = verdict.next
      guesses.push(nowMs)
    } else nowMs += Math.max(verdict.retryAfterMs ?? dayMs, 1)
  }
  for (const [index, at] of guesses.entries()) {
    const hundredLater = guesses[index + 100]
    // Days are counted by the calendar, and each stays until all of it is 30 days ago.
    if (hundredLater !== undefined) assert.ok(hundredLater - at >= 30 * dayMs, 'a month has more than 100')
  }
  assert.equal(guesses.length, 1200)
  // Three of a million codes are good at any moment: the odds of the year, docs/limits.md.
  const odds = 1 - (1 - 3 / 1_000_000) ** guesses.length
  assert.ok(odds > 0.0035 && odds < 0.0036, `${odds}`)
})

test('an attempt that nobody has judged is taken back, and the lock that it made with it', () => {
  let state: LoginAttempts | undefined
  for (let attempt = 0; attempt < 5; attempt++) {
    const verdict = countLoginAttempt(state, start, login)
    assert.ok(verdict.allowed)
    state = verdict.next
  }
  state = takeBackLoginAttempt(state)
  assert.deepEqual(state, { failures: 4, total: 4, lockedUntil: 0, unjudged: 4 })
  for (let attempt = 0; attempt < 4; attempt++) state = takeBackLoginAttempt(state)
  assert.equal(state, undefined)
  assert.equal(takeBackLoginAttempt(undefined), undefined)
})
