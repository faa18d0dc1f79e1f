import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsCaptcha } from './needs-captcha.ts'

test('183 a captcha is asked for by policy, and by risk of the name or of the source', () => {
  const risks = [
    { name: false, source: false },
    { name: true, source: false },
    { name: false, source: true },
    { name: true, source: true },
  ]
  const asked = (when: 'never' | 'risk' | 'always') => risks.map((risk) => needsCaptcha(when, risk))
  assert.deepEqual(asked('never'), [false, false, false, false])
  assert.deepEqual(asked('risk'), [false, true, true, true])
  assert.deepEqual(asked('always'), [true, true, true, true])
})
