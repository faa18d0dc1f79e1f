import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import type { User } from '@gatehouse/contract/resources'
import {
  type App,
  assertProblem,
  assertRefused,
  attacksOn,
  codeOf,
  enrollPhone,
  lastCode,
  openChallenge,
  password,
  sendTogether,
  verifyAttempt,
} from './support.ts'

/** A challenge outlives its codes, so that it is the code that is seen to die. */
const attack = attacksOn({ challengeSeconds: 600, challengeAttempts: 10 })
const attackWithLimits = attacksOn({ challengeSeconds: 600, challengeAttempts: 10, mfaWindowFailures: 3 })

const attackWithBudgets = attacksOn({ smsPerBlockPerHour: 5, smsPerAccountPerDay: 3, smsPerHour: 12 })

const wrong = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const
const dead = { ...wrong, reason: 'expired' } as const

interface Sent {
  readonly factorId: `fac_${string}`
  readonly to: string
}

function newNumber(): string {
  return `+491511${randomInt(10 ** 6, 10 ** 7)}`
}

/** Any code but this one. */
function not(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}

async function enrollNumber(app: App, user: User, to = newNumber()): Promise<Sent> {
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'sms', phone_number: to })
  await app.sdk.factors.activate({ id: factor.id, code: await lastCode(app, to) })
  return { factorId: factor.id, to }
}

async function start(app: App) {
  const user = await app.createUser({ password })
  const phone = await enrollNumber(app, user)
  app.house.server.clock.advance('10m')
  return { user, phone }
}

/** Has a code sent for the challenge. */
async function ask(app: App, challengeId: string, { factorId, to }: Sent): Promise<string> {
  app.house.server.clock.advance('30s')
  const asked = await app.sdk.challenges.send({ id: challengeId as `chl_${string}`, factor_id: factorId })
  assert.equal(asked.sent_to, `+49${'•'.repeat(to.length - 5)}${to.slice(-2)}`)
  return lastCode(app, to)
}

attack('080 a code that was sent is good for five minutes and not for one second more', async (app) => {
  const { user, phone } = await start(app)
  const late = await openChallenge(app, user)
  const code = await ask(app, late, phone)
  app.house.server.clock.advance('301s')
  await assertRefused(app, verifyAttempt(late, code), { ...dead, secrets: [code] })
  const inTime = await openChallenge(app, user)
  const next = await ask(app, inTime, phone)
  app.house.server.clock.advance('299s')
  assert.equal((await app.send(verifyAttempt(inTime, next))).status, 200)
})

attack('081 a code that was sent opens once', async (app) => {
  const { user, phone } = await start(app)
  const challenge = await openChallenge(app, user)
  const code = await ask(app, challenge, phone)
  const answer = await app.send(verifyAttempt(challenge, code))
  assert.equal(answer.status, 200, answer.text)
  const { claims } = await app.sdk.tokens.validate({ token: String(answer.json?.['access_token']) })
  assert.deepEqual([claims?.acr, claims?.amr], ['aal2', ['pwd', 'sms', 'mfa']])
  await assertRefused(app, verifyAttempt(challenge, code), { code: 'challenge_expired', event: 'factor.rejected' })
  await assertRefused(app, verifyAttempt(await openChallenge(app, user), code), dead)
})

attack('197 of twenty who bring one sent code at the same time one gets in', async (app) => {
  const { user, phone } = await start(app)
  const challenge = await openChallenge(app, user)
  const code = await ask(app, challenge, phone)
  const attempts = Array.from({ length: 20 }, () => verifyAttempt(challenge, code))
  const answers = await sendTogether(app, attempts)
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
})

attackWithLimits('082 a new code kills the old one and resets no count', async (app) => {
  const { user, phone } = await start(app)
  const challenge = await openChallenge(app, user)
  const old = await ask(app, challenge, phone)
  const code = await ask(app, challenge, phone)
  assert.notEqual(old, code)
  await assertRefused(app, verifyAttempt(challenge, old), { ...wrong, reason: 'mismatch' })
  await assertRefused(app, verifyAttempt(challenge, not(code)), wrong)
  const newest = await ask(app, challenge, phone)
  await assertRefused(app, verifyAttempt(challenge, not(newest)), { ...wrong, changes: true })
  // Three wrong ones have ended the sign-in, and the account waits whatever comes.
  const next = await openChallenge(app, user)
  app.house.server.clock.advance('1s')
  const locked = { code: 'too_many_attempts', event: 'factor.rejected', reason: 'locked' } as const
  const answer = await assertRefused(app, verifyAttempt(next, newest), locked)
  assert.ok(Number(answer.headers['retry-after']) > 0)
})

attack('083 the third wrong answer kills a code, also where no limit counts', async (app) => {
  const { user, phone } = await start(app)
  const challenge = await openChallenge(app, user)
  const code = await ask(app, challenge, phone)
  for (let tries = 0; tries < 3; tries++) await assertRefused(app, verifyAttempt(challenge, not(code)), wrong)
  await assertRefused(app, verifyAttempt(challenge, code), { ...dead, secrets: [code] })
  const next = await ask(app, challenge, phone)
  const together = Array.from({ length: 6 }, (_, index) => verifyAttempt(challenge, String(100_000 + index)))
  await sendTogether(app, together)
  await assertRefused(app, verifyAttempt(challenge, next), { code: 'challenge_expired', event: 'factor.rejected' })
})

attack('084 a code is for the challenge that it was sent for and for nothing else', async (app) => {
  const { user, phone } = await start(app)
  const challenge = await openChallenge(app, user)
  const code = await ask(app, challenge, phone)
  const other = await app.house.newApp()
  const stranger = await app.house.newApp({ tenant: 'default' })
  const asked = { id: user.id, factor_types: ['sms' as const] }
  const stepUp = await app.sdk.users.challenges.create({ ...asked, purpose: 'step_up', action: { type: 'pay' } })
  const verify = await app.sdk.users.challenges.create({ ...asked, purpose: 'verify' })
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'sms', phone_number: newNumber() })
  for (const id of [stepUp.id, verify.id, await openChallenge(app, user)]) {
    await assertRefused(app, verifyAttempt(id, code), dead)
  }
  await assertRefused(app, { path: `/v1/factors/${factor.id}/activate`, body: { code } }, wrong)
  for (const { slug, secret } of [other, stranger]) {
    const refusal = { code: 'challenge_expired', event: 'factor.rejected' } as const
    await assertRefused(app, { ...verifyAttempt(challenge, code), by: { slug, secret } }, refusal)
  }
  assert.equal((await app.send(verifyAttempt(challenge, code))).status, 200)
})

attack('085 a number that nobody has confirmed is no factor', async (app) => {
  const other = await start(app)
  const { user, phone } = await start(app)
  const to = newNumber()
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'sms', phone_number: to })
  const answer = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'mfa_required')
  const offered = answer.challenge.factors.map(({ id }) => id)
  assert.ok(offered.includes(phone.factorId) && !offered.includes(factor.id))
  const { challenge } = answer
  const path = `/v1/challenges/${challenge.id}/send`
  await assertRefused(app, { path, body: { factor_id: factor.id } }, { code: 'invalid_request' })
  await assertRefused(app, verifyAttempt(challenge.id, await lastCode(app, to)), dead)
  // Nor is a number that belongs to somebody else, or one that takes no code.
  const noMessage = await enrollPhone(app, user)
  for (const factorId of [other.phone.factorId, noMessage.factorId]) {
    await assertRefused(app, { path, body: { factor_id: factorId } }, { code: 'invalid_request' })
  }
})

attack('085 who loses a number as a factor is told at that number', async (app) => {
  const { phone } = await start(app)
  await app.sdk.factors.remove({ id: phone.factorId })
  const told = await app.house.server.outbox.last(phone.to)
  assert.equal(told?.kind, 'address_removed')
})

attack('087 an address is one address or is refused', async (app) => {
  const user = await app.createUser({ password })
  const path = `/v1/users/${user.id}/factors`
  const before = (await app.house.server.outbox.all()).length
  const bad = [
    'a@x.test\r\nBcc: b@y.test',
    'a@x.test,b@y.test',
    '"a@x.test b"@z.test',
    'a@x.test\0',
    'a@x.test%00',
    'Ada <a@x.test>',
    `${'a'.repeat(60)}@${'x'.repeat(257)}.test`,
  ]
  for (const email of bad) {
    await assertRefused(app, { path, body: { type: 'email', email } }, { code: 'invalid_request' })
  }
  const numbers = [
    '0151 12345678',
    '+49151',
    '+999123456789',
    '+4915112345678,+4915112345679',
    '+49151١٢٣٤٥٦٧٨',
    '+1800FLOWERS',
  ]
  for (const phone_number of [...numbers, '+49 1511 2345678;ext=1', '']) {
    await assertRefused(app, { path, body: { type: 'sms', phone_number } }, { code: 'invalid_request' })
  }
  assert.equal((await app.house.server.outbox.all()).length, before)
  // A name in another script goes out in the letters that tell it apart.
  const look = await app.send({ path, body: { type: 'email', email: `${randomInt(10 ** 9)}@еxample.test` } })
  assert.equal(look.status, 201, look.text)
  assert.match((await app.house.server.outbox.all()).at(-1)?.to ?? '', /^\d+@xn--xample-2of\.test$/)
})

attack('087 a number is the same in every spelling', async (app) => {
  const user = await app.createUser({ password })
  const { to } = await enrollNumber(app, user)
  const spelling = `+49 (0) ${to.slice(3, 7)} - ${to.slice(7)}`
  const path = `/v1/users/${user.id}/factors`
  await assertRefused(app, { path, body: { type: 'sms', phone_number: spelling } }, { code: 'factor_taken' })
})

attack('088 an address gets so many codes and no more, whoever asks for them', async (app) => {
  const { clock } = app.house.server
  const to = newNumber()
  const users = [await app.createUser({ password }), await app.createUser({ password })]
  const enroll = (index: number) => ({
    path: `/v1/users/${users[index % 2]?.id}/factors`,
    body: { type: 'sms', phone_number: to },
  })
  let sent = 0
  for (let minute = 0; minute < 24 * 60; minute += 10) {
    const answers = [await app.send(enroll(minute)), await app.send(enroll(minute + 1))]
    sent += answers.filter(({ status }) => status === 201).length
    for (const answer of answers) if (answer.status !== 201) assertProblem(answer, 'too_many_attempts')
    // What has waited longer than its code lives is not sent.
    await app.house.server.outbox.all()
    clock.advance('10m')
  }
  assert.equal(sent, 10)
  assert.equal((await app.house.server.outbox.all()).filter((message) => message.to === to).length, 10)
})

attackWithBudgets('088 a flood of SMS ends at the budget of a block, of an account and of the tenant', async (app) => {
  const { clock, outbox } = app.house.server
  const enroll = (user: User, to: string) => ({
    path: `/v1/users/${user.id}/factors`,
    body: { type: 'sms', phone_number: to },
  })
  const ask = async (user: User, to: string) => assert.equal((await app.send(enroll(user, to))).status, 201, to)
  const refuse = async (user: User, to: string) => {
    const answer = await assertRefused(app, enroll(user, to), { code: 'too_many_attempts' })
    assert.ok(Number(answer.headers['retry-after']) > 600, 'not the wait of one number')
  }
  const inBlock = (block: number, last: number) => `+491511${block}${1000 + last}`

  // Ten thousand numbers that somebody rents, each with an account of its own.
  for (let last = 0; last < 5; last++) await ask(await app.createUser(), inBlock(111, last))
  await refuse(await app.createUser(), inBlock(111, 77))
  const user = await app.createUser()
  for (let block = 201; block < 204; block++) await ask(user, inBlock(block, 0))
  await refuse(user, inBlock(204, 0))
  for (let block = 301; block < 305; block++) await ask(await app.createUser(), inBlock(block, 0))
  await refuse(await app.createUser(), inBlock(305, 0))
  assert.equal((await outbox.all()).length, 12)
  // What it has cost can be seen while it lasts.
  const costs = async () => (await app.sdk.messageCounts({})).data.find(({ channel }) => channel === 'sms')
  const told = { channel: 'sms', kind: 'code', failed: 0, waiting: 0 }
  assert.deepEqual(await costs(), { ...told, made: 12, sent: 12 })
  clock.advance('1h')
  await ask(await app.createUser(), inBlock(111, 77))
  await refuse(user, inBlock(204, 0))
})

attackWithLimits('066 wrong codes add up over apps, sent codes and recovery codes', async (app) => {
  const user = await app.createUser({ password })
  const totp = await enrollPhone(app, user)
  const phone = await enrollNumber(app, user)
  const challenges = await Promise.all([1, 2, 3, 4].map(() => openChallenge(app, user)))
  const [first, second, third, fourth] = challenges as [string, string, string, string]
  const code = await ask(app, fourth, phone)
  await assertRefused(app, verifyAttempt(first, not(codeOf(app, totp.account))), wrong)
  await assertRefused(app, verifyAttempt(second, 'aaaa-aaaa-aaaa-aaaa'), wrong)
  await assertRefused(app, verifyAttempt(third, '12345'), { ...wrong, changes: true })
  const locked = { code: 'too_many_attempts', event: 'factor.rejected', reason: 'locked' } as const
  for (const right of [code, codeOf(app, totp.account), totp.recoveryCodes[0]]) {
    await assertRefused(app, verifyAttempt(fourth, right), locked)
  }
})

attack('074 a code by mail proves a mailbox, once, however often it comes', async (app) => {
  const user = await app.createUser({ password })
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email' })
  const { recovery_codes } = await app.sdk.factors.activate({ id: factor.id, code: await lastCode(app, user.email) })
  assert.equal(recovery_codes?.length, 10)
  // A mailbox and nothing else is not a sign-in.
  const challenge = await openChallenge(app, user)
  app.house.server.clock.advance('30s')
  await app.sdk.challenges.send({ id: challenge as `chl_${string}`, factor_id: factor.id })
  const answer = await app.send(verifyAttempt(challenge, await lastCode(app, user.email)))
  const { claims } = await app.sdk.tokens.validate({ token: String(answer.json?.['access_token']) })
  assert.deepEqual(claims?.amr, ['pwd', 'email', 'mfa'])
})
