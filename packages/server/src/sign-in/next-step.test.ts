import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FactorType } from '@gatehouse/contract/resources'
import { type Method, methodOfFactor, nextStep } from './next-step.ts'

const totp = { type: 'totp', id: 'fac_1' }
const secondTotp = { type: 'totp', id: 'fac_2' }
const codes = { type: 'recovery_codes', id: 'fac_3' }

const methods: readonly Method[] = ['pwd', 'otp', 'recovery']
const provable = Array.from({ length: 1 << methods.length }, (_, set) =>
  methods.filter((_method, bit) => set & (1 << bit)),
)
const owned = [[], [totp], [codes], [totp, codes], [codes, totp, secondTotp]]

/** Every question there is. */
const questions = provable.flatMap((proven) =>
  owned.flatMap((factors) => [false, true].map((isDisabled) => ({ proven, factors, isDisabled }))),
)

test('the whole table: what is proven and owned, and what comes next', () => {
  const rows: readonly (readonly [proven: string, factors: number, next: string])[] = [
    ['', 0, 'refused'],
    ['', 2, 'refused'],
    ['otp', 2, 'refused'],
    ['recovery', 2, 'refused'],
    ['otp recovery', 2, 'refused'],
    ['pwd', 0, 'authenticated aal1'],
    ['pwd', 2, 'mfa_required'],
    ['pwd otp', 0, 'authenticated aal2'],
    ['pwd otp', 2, 'authenticated aal2'],
    ['pwd recovery', 2, 'authenticated recovery'],
    ['pwd otp recovery', 2, 'authenticated aal2'],
  ]
  for (const [proven, factors, next] of rows) {
    const step = nextStep(proven.split(' ').filter(Boolean) as Method[], {
      isDisabled: false,
      factors: [totp, codes].slice(0, factors),
    })
    assert.equal(
      step.status === 'authenticated' ? `authenticated ${step.acr}` : step.status,
      next,
      `${proven} ${factors}`,
    )
  }
})

test('a disabled user gets nowhere, whatever is proven', () => {
  for (const { proven, ...user } of questions.filter(({ isDisabled }) => isDisabled)) {
    assert.deepEqual(nextStep(proven, user), { status: 'refused' })
  }
})

test('no road goes round the password', () => {
  for (const { proven, ...user } of questions.filter(({ proven: some }) => !some.includes('pwd'))) {
    assert.deepEqual(nextStep(proven, user), { status: 'refused' })
  }
})

test('no road goes round the second factor of who has one', () => {
  for (const { proven, ...user } of questions) {
    const step = nextStep(proven, user)
    if (step.status !== 'authenticated' || user.factors.length === 0) continue
    assert.ok(proven.includes('otp') || proven.includes('recovery'), `${proven}`)
  }
})

test('only a code of an app makes two factors; a recovery code never does', () => {
  for (const { proven, ...user } of questions) {
    const step = nextStep(proven, user)
    if (step.status === 'authenticated') assert.equal(step.acr === 'aal2', proven.includes('otp'), `${proven}`)
  }
})

test('factors are offered with recovery codes last, and otherwise as they came', () => {
  const factors = [codes, totp, secondTotp]
  const step = nextStep(['pwd'], { isDisabled: false, factors })
  assert.deepEqual(step, { status: 'mfa_required', factors: [totp, secondTotp, codes] })
  assert.deepEqual(factors, [codes, totp, secondTotp])
})

test('a password twice, or proofs in another order, prove nothing more', () => {
  const user = { isDisabled: false, factors: [totp] }
  assert.equal(nextStep(['pwd', 'pwd'], user).status, 'mfa_required')
  assert.deepEqual(nextStep(['otp', 'pwd'], user), nextStep(['pwd', 'otp'], user))
})

test('every type of factor in the contract proves something, and no other does', () => {
  for (const type of FactorType.options) assert.ok(methods.includes(methodOfFactor(type)), type)
  for (const type of ['', 'sms', 'TOTP']) assert.throws(() => methodOfFactor(type), /proves nothing/, type)
})
