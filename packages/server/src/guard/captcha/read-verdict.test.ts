import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Demands, type ProviderName, readVerdict } from './read-verdict.ts'

const now = new Date('2026-11-22T10:00:00Z')
const good = {
  success: true,
  hostname: 'login.example.org',
  action: 'login',
  score: 0.9,
  challenge_ts: '2026-11-22T09:59:30Z',
}
const demands = (provider: ProviderName): Demands => ({ provider, hostnames: ['login.example.org'], minScore: 0.5 })

function read(provider: ProviderName, answer: unknown, status = 200): string {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  const verdict = readVerdict({ status, text }, demands(provider), now)
  return 'reason' in verdict ? `${verdict.outcome}: ${verdict.reason}` : verdict.outcome
}

test('181 what the provider vouches for must be this action, on our host, by a person, just now', () => {
  for (const [change, verdict] of [
    [{}, 'solved'],
    [{ hostname: 'LOGIN.example.org' }, 'solved'],
    [{ score: 0.5 }, 'solved'],
    [{ challenge_ts: '2026-11-22T09:58:00Z' }, 'solved'],
    [{ action: 'register' }, 'refused: other_action'],
    [{ action: undefined }, 'refused: other_action'],
    [{ hostname: 'evil.example' }, 'refused: other_hostname'],
    [{ hostname: 'login.example.org.evil.example' }, 'refused: other_hostname'],
    [{ hostname: undefined }, 'refused: other_hostname'],
    [{ score: 0.49 }, 'refused: low_score'],
    [{ score: undefined }, 'refused: low_score'],
    [{ challenge_ts: '2026-11-22T09:57:00Z' }, 'refused: too_old'],
    [{ challenge_ts: '2026-11-22T09:57:59.999Z' }, 'refused: too_old'],
    [{ challenge_ts: '2026-11-22T10:01:01Z' }, 'refused: too_old'],
    [{ challenge_ts: 'yesterday' }, 'refused: too_old'],
    [{ challenge_ts: undefined }, 'refused: too_old'],
    [{ success: false }, 'refused: not_solved'],
    [{ success: false, 'error-codes': ['timeout-or-duplicate'] }, 'refused: not_solved'],
  ] as const) {
    assert.equal(read('recaptcha_v3', { ...good, ...change }), verdict, JSON.stringify(change))
  }
})

test('each provider is held to what it can tell', () => {
  const { score: _, ...turnstile } = good
  assert.equal(read('turnstile', turnstile), 'solved')
  assert.equal(read('turnstile', { ...turnstile, action: 'other' }), 'refused: other_action')
  const { action: __, ...hcaptcha } = turnstile
  assert.equal(read('hcaptcha', hcaptcha), 'solved')
  assert.equal(read('hcaptcha', { ...hcaptcha, hostname: 'evil.example' }), 'refused: other_hostname')
})

test('182 what cannot be understood is no answer, and never a yes', () => {
  for (const garbage of ['', 'true', 'null', '<html>', '[]', '{}', '{"success":"true"}', '{"success":1}', '{']) {
    assert.equal(read('turnstile', garbage), 'unavailable: unexpected_answer_200', garbage)
  }
  for (const status of [100, 301, 302, 500, 503]) {
    assert.equal(read('turnstile', good, status), `unavailable: unexpected_answer_${status}`)
  }
  assert.equal(read('turnstile', { ...good }, 400), 'refused: not_solved')
})

test('181 187 a yes beside a no is no answer', () => {
  const { success: _, ...rest } = good
  const more = JSON.stringify(rest).slice(1)
  for (const said of [
    '"success":false,"success":true',
    '"success":false,"s\\u0075ccess":true',
    '"__proto__":{},"success":true',
  ]) {
    assert.equal(read('recaptcha_v3', `{${said},${more}`), 'unavailable: unexpected_answer_200', said)
  }
  // V8 takes a name of the next answer for this one (nodejs/node#63785).
  JSON.parse(`{"success":true,"error-\\\\u0063":["a"]}`)
  const complaint = `{"success":true,"error-\\u0063odes":["internal-error"],${more}`
  assert.equal(read('recaptcha_v3', complaint), 'unavailable: internal-error')
})

test('182 a complaint about our own account says nothing of the person', () => {
  for (const code of ['invalid-input-secret', 'missing-input-secret', 'sitekey-secret-mismatch', 'internal-error']) {
    assert.equal(read('hcaptcha', { success: false, 'error-codes': [code] }), `unavailable: ${code}`)
  }
})
