import assert from 'node:assert/strict'
import { test } from 'node:test'
import { methods as allMethods, type Method } from '@gatehouse/contract/methods'
import { nextStep, usual } from './next-step.ts'

const totp = { type: 'totp', id: 'fac_1' }
const secondTotp = { type: 'totp', id: 'fac_2' }
const codes = { type: 'recovery_codes', id: 'fac_3' }

const methods = Object.keys(allMethods) as Method[]
const held = methods.filter((method) => allMethods[method] === 'holds')
const provable = Array.from({ length: 1 << methods.length }, (_, set) =>
  methods.filter((_method, bit) => set & (1 << bit)),
)
const owned = [[], [totp], [codes], [totp, codes], [codes, totp, secondTotp]]

/** Every question there is. */
const questions = provable.flatMap((proven) =>
  owned.flatMap((factors) =>
    [0, 1, 2, 3].map((bits) => ({ proven, factors, isDisabled: bits > 1, needsMfa: bits % 2 === 1, ...usual })),
  ),
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
    ['hwk', 2, 'refused'],
    ['user', 2, 'refused'],
    ['otp user', 2, 'refused'],
    ['hwk user', 2, 'authenticated aal3'],
    ['pwd hwk user', 2, 'authenticated aal3'],
    ['pwd hwk', 2, 'authenticated aal2'],
    ['swk user', 0, 'authenticated aal2'],
    ['pwd user', 2, 'mfa_required'],
  ]
  for (const [proven, factors, next] of rows) {
    for (const needsMfa of [false, true]) {
      const step = nextStep(proven.split(' ').filter(Boolean) as Method[], {
        isDisabled: false,
        factors: [totp, codes].slice(0, factors),
        needsMfa,
        ...usual,
      })
      assert.equal(
        step.status === 'authenticated' ? `authenticated ${step.acr}` : step.status,
        needsMfa && next === 'authenticated aal1' ? 'mfa_enrollment_required' : next,
        `${proven} ${factors}`,
      )
    }
  }
})

test('where a second factor is demanded, nobody comes in by something known alone', () => {
  for (const { proven, ...user } of questions.filter(({ needsMfa }) => needsMfa)) {
    const step = nextStep(proven, user)
    assert.ok(step.status !== 'authenticated' || step.acr !== 'aal1', `${proven}`)
  }
})

test('a disabled user gets nowhere, whatever is proven', () => {
  for (const { proven, ...user } of questions.filter(({ isDisabled }) => isDisabled)) {
    assert.deepEqual(nextStep(proven, user), { status: 'refused' })
  }
})

/** A key that has checked who holds it. */
const isOfHolder = (proven: readonly Method[]) =>
  proven.includes('user') && (proven.includes('hwk') || proven.includes('swk'))

test('094 no road goes round the password but that of a key that has checked who holds it', () => {
  for (const { proven, ...user } of questions) {
    if (proven.includes('pwd') || isOfHolder(proven)) continue
    assert.deepEqual(nextStep(proven, user), { status: 'refused' })
  }
})

test('no road goes round the second factor of who has one', () => {
  for (const { proven, ...user } of questions) {
    const step = nextStep(proven, user)
    if (step.status !== 'authenticated' || user.factors.length === 0) continue
    assert.ok(proven.some((method) => held.includes(method)) || proven.includes('recovery'), `${proven}`)
  }
})

test('the third level is for a key in hardware that has checked who holds it, and for nothing else', () => {
  for (const { proven, ...user } of questions) {
    const step = nextStep(proven, user)
    if (step.status !== 'authenticated') continue
    assert.equal(step.acr === 'aal3', proven.includes('hwk') && proven.includes('user'), `${proven}`)
  }
})

test('only something held makes two factors; a recovery code never does', () => {
  for (const { proven, ...user } of questions) {
    const step = nextStep(proven, user)
    if (step.status !== 'authenticated') continue
    assert.equal(
      step.acr === 'aal2' || step.acr === 'aal3',
      proven.some((method) => held.includes(method)),
      `${proven}`,
    )
  }
})

test('074 two proofs of one kind are not two factors: mail and mail, app and app, app and key', () => {
  const user = { isDisabled: false, factors: [totp], needsMfa: false, ...usual }
  for (const one of held) {
    for (const other of held) assert.deepEqual(nextStep([one, other], user), { status: 'refused' }, `${one} ${other}`)
  }
  assert.equal(nextStep(['pwd', 'pwd'], user).status, 'mfa_required')
})

test('factors are offered as they came', () => {
  const factors = [codes, totp, secondTotp]
  assert.deepEqual(nextStep(['pwd'], { isDisabled: false, factors, needsMfa: false, ...usual }), {
    status: 'mfa_required',
    factors,
  })
})

test('proofs in another order prove nothing more', () => {
  const user = { isDisabled: false, factors: [totp], needsMfa: false, ...usual }
  assert.deepEqual(nextStep(['otp', 'pwd'], user), nextStep(['pwd', 'otp'], user))
})

const sms = { type: 'sms', id: 'fac_4' }

test('who is refused by risk gets nowhere, whatever is proven', () => {
  for (const { proven, ...user } of questions) {
    assert.deepEqual(nextStep(proven, { ...user, risk: 'refuse' }), { status: 'refused' })
  }
})

test('risk never opens what is closed without it', () => {
  const rank = ['refused', 'mfa_enrollment_required', 'mfa_required', 'mail_check_required', 'authenticated']
  for (const { proven, ...user } of questions) {
    const without = nextStep(proven, user)
    for (const risk of ['notify', 'require_mfa', 'require_stronger'] as const) {
      for (const withoutFactor of ['verify', 'notify', 'refuse'] as const) {
        const step = nextStep(proven, { ...user, risk, withoutFactor })
        assert.ok(rank.indexOf(step.status) <= rank.indexOf(without.status), `${proven} ${risk}`)
      }
    }
  }
})

test('a remembered device stands for the second factor, claims none, and not against a risk', () => {
  const user = { isDisabled: false, factors: [totp, codes], needsMfa: true, ...usual, isRemembered: true }
  assert.deepEqual(nextStep(['pwd'], user), { status: 'authenticated', acr: 'aal1' })
  assert.equal(nextStep(['pwd'], { ...user, risk: 'notify' }).status, 'authenticated')
  assert.equal(nextStep(['pwd'], { ...user, risk: 'require_mfa' }).status, 'mfa_required')
  assert.equal(nextStep(['otp'], user).status, 'refused', 'it does not stand for the password')
  const bare = { ...user, factors: [] }
  assert.equal(nextStep(['pwd'], bare).status, 'mfa_enrollment_required', 'who has no factor has shown none')
})

test('a stronger factor is demanded: codes that go by mail or telephone do not do', () => {
  const user = { isDisabled: false, factors: [totp, sms, codes], needsMfa: false, ...usual }
  const strict = { ...user, risk: 'require_stronger' } as const
  assert.deepEqual(nextStep(['pwd'], strict), { status: 'mfa_required', factors: [totp] })
  assert.equal(nextStep(['pwd', 'sms'], strict).status, 'refused')
  assert.deepEqual(nextStep(['pwd', 'otp'], strict), { status: 'authenticated', acr: 'aal2' })
  const weak = { ...strict, factors: [sms] }
  assert.deepEqual(nextStep(['pwd'], weak), { status: 'mfa_required', factors: [sms] })
  assert.equal(nextStep(['pwd', 'sms'], weak).status, 'authenticated', 'there is nothing better')
  assert.equal(nextStep(['pwd'], { ...weak, withoutFactor: 'refuse' }).status, 'refused')
  assert.equal(nextStep(['pwd', 'sms'], { ...weak, withoutFactor: 'refuse' }).status, 'refused')
})

test('who is to show a factor and has none is let in, asked by mail or refused as the tenant says', () => {
  const user = { isDisabled: false, factors: [], needsMfa: false, ...usual, risk: 'require_mfa' } as const
  assert.deepEqual(nextStep(['pwd'], user), { status: 'authenticated', acr: 'aal1' })
  for (const needsMfa of [false, true]) {
    assert.equal(nextStep(['pwd'], { ...user, needsMfa, withoutFactor: 'refuse' }).status, 'refused')
  }
  const checked = { ...user, withoutFactor: 'verify' } as const
  assert.equal(nextStep(['pwd'], checked).status, 'mail_check_required')
  assert.equal(nextStep(['pwd'], { ...checked, needsMfa: true }).status, 'mfa_enrollment_required')
  assert.equal(nextStep(['pwd'], { ...checked, risk: 'notify' }).status, 'authenticated')
  assert.equal(nextStep(['pwd'], { ...checked, factors: [totp] }).status, 'mfa_required')
})
