import assert from 'node:assert/strict'
import {
  type DeviceAnswer,
  type ShownRequest,
  type VirtualPushDevice,
  virtualPushDevice,
} from '@gatehouse/testing/virtual-push-device'
import {
  type App,
  assertProblem,
  assertRefused,
  attack,
  attacksOn,
  codeOf,
  createGuardedUser,
  openChallenge,
  type Person,
  password,
  sendTogether,
  verifyAttempt,
} from './support.ts'

type Id<P extends string> = `${P}_${string}`

interface Paired {
  readonly user: Person
  readonly device: VirtualPushDevice
  readonly factorId: Id<'fac'>
}

function newDevice(app: App, keyType?: 'P-256' | 'Ed25519'): VirtualPushDevice {
  const { url, clock } = app.house.server
  return virtualPushDevice({ url, now: clock.now, ...(keyType && { keyType }) })
}

async function enroll(app: App, user: Person) {
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'push' })
  return { factorId: factor.id, code: enrollment.pairing_code }
}

async function addDevice(app: App, user: Person, device = newDevice(app)): Promise<Paired> {
  const { factorId, code } = await enroll(app, user)
  await app.sdk.factors.activate({ id: factorId, code: await device.pair(code) })
  return { user, device, factorId }
}

async function start(app: App, keyType?: 'P-256' | 'Ed25519'): Promise<Paired> {
  return addDevice(app, await app.createUser({ password }), newDevice(app, keyType))
}

interface Asked {
  readonly challengeId: Id<'chl'>
  readonly number: string
  readonly request: ShownRequest
}

/** A sign-in that asks the device, from an address where it matters. */
async function ask(app: App, { user, device, factorId }: Paired, ip = '192.0.2.1'): Promise<Asked> {
  const endUser = { ip, user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0' }
  const answer = await app.sdk.auth.login({ email: user.email, password, end_user: endUser })
  assert.ok(answer.status === 'mfa_required')
  const { id } = answer.challenge
  const { number } = await app.sdk.challenges.send({ id, factor_id: factorId, end_user: endUser })
  const request = (await device.requests()).at(-1)
  assert.ok(number !== undefined && request)
  return { challengeId: id, number, request }
}

/** Any number but this one. */
function not(number: string): string {
  return String((Number(number) + 1) % 100).padStart(2, '0')
}

function assertRefusal({ status, json }: DeviceAnswer, code: string): void {
  assert.equal(json['code'], code, JSON.stringify(json))
  assert.ok(status >= 400)
}

function claim(challengeId: string) {
  return { path: `/v1/challenges/${challengeId}/verify`, body: {} }
}

async function stateOf(app: App, { challengeId }: Asked): Promise<string> {
  return (await app.sdk.challenges.get({ id: challengeId })).state
}

for (const keyType of ['P-256', 'Ed25519'] as const) {
  attack(`103 a sign-in is approved with the number that it shows, and by nothing less (${keyType})`, async (app) => {
    const paired = await start(app, keyType)
    const { device } = paired
    const asked = await ask(app, paired)
    // Nothing that goes to the device holds the number: neither a field nor a text of one.
    assert.match(asked.number, /^[0-9]{2}$/)
    assert.deepEqual(Object.keys(asked.request).toSorted(), [
      'action',
      'application',
      'created_at',
      'expires_at',
      'id',
      'ip_address',
      'purpose',
      'user_agent',
    ])
    assert.deepEqual(
      [asked.request.application, asked.request.ip_address, asked.request.purpose],
      [app.slug, '192.0.2.1', 'sign_in'],
    )
    await assertRefused(app, claim(asked.challengeId), { code: 'approval_pending' })
    assertRefusal(await device.approve(asked.request.id, ''), 'mfa_code_invalid')
    assert.equal(await stateOf(app, asked), 'pending')

    const second = await ask(app, paired)
    assert.equal((await device.approve(second.request.id, second.number)).status, 200)
    assert.equal(await stateOf(app, second), 'approved')
    const answer = await app.send(claim(second.challengeId))
    assert.equal(answer.status, 200, answer.text)
    const { claims } = await app.sdk.tokens.validate({ token: String(answer.json?.['access_token']) })
    assert.deepEqual([claims?.sub, claims?.acr, claims?.amr], [paired.user.id, 'aal2', ['pwd', 'swk', 'mfa']])
    assert.equal(await stateOf(app, second), 'answered')
    await assertRefused(app, claim(second.challengeId), { code: 'challenge_expired', event: 'factor.rejected' })
  })
}

const limited = attacksOn({ mfaWindowFailures: 3 })

limited('103 a wrong number ends the request and counts like a wrong code', async (app) => {
  const paired = await start(app)
  for (let failures = 0; failures < 3; failures++) {
    app.house.server.clock.advance('10m')
    const asked = await ask(app, paired)
    const { device } = paired
    const answers = await app.house.recordOf(async () => {
      assertRefusal(await device.approve(asked.request.id, not(asked.number)), 'mfa_code_invalid')
    })
    assert.deepEqual(
      answers.map(({ type, data }) => [type, data['check']]),
      [['factor.rejected', 'number']],
    )
    // The right one comes too late.
    assertRefusal(await device.approve(asked.request.id, asked.number), 'challenge_expired')
    assert.deepEqual(await device.requests(), [])
    await assertRefused(app, claim(asked.challengeId), { code: 'approval_pending' })
  }
})

const tight = attacksOn({ mfaWindowFailures: 2, pushPerTenMinutes: 10 })

tight('103 who has guessed too often waits, whatever the number', async (app) => {
  const paired = await start(app)
  for (let failures = 0; failures < 2; failures++) {
    const asked = await ask(app, paired)
    assertRefusal(await paired.device.approve(asked.request.id, not(asked.number)), 'mfa_code_invalid')
  }
  const challenge = await app.sdk.users.challenges.create({ id: paired.user.id, purpose: 'verify' })
  const { number = '' } = await app.sdk.challenges.send({ id: challenge.id, factor_id: paired.factorId })
  const [request] = await paired.device.requests()
  assertRefusal(await paired.device.approve(request!.id, number), 'too_many_attempts')
  await assertRefused(app, claim(challenge.id), { code: 'approval_pending' })
})

attack('104 a request is answered within its minute, once, and by the device that was asked', async (app) => {
  const paired = await start(app)
  const { user, device } = paired
  const late = await ask(app, paired)
  app.house.server.clock.advance('61s')
  assert.deepEqual(await device.requests(), [])
  assertRefusal(await device.approve(late.request.id, late.number), 'challenge_expired')
  await assertRefused(app, claim(late.challengeId), { code: 'approval_pending' })

  // Another device of the same person, and the device of an other account of theirs.
  const second = await addDevice(app, user)
  const elsewhere = await start(app)
  const asked = await ask(app, paired)
  assert.deepEqual(await second.device.requests(), [])
  for (const stranger of [second.device, elsewhere.device]) {
    assertRefusal(await stranger.approve(asked.request.id, asked.number), 'challenge_expired')
    assertRefusal(await stranger.deny(asked.request.id), 'challenge_expired')
  }
  assert.equal(await stateOf(app, asked), 'pending')

  const both = await Promise.all([0, 1].map(() => device.approve(asked.request.id, asked.number)))
  assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 401])
  assertRefusal(await device.deny(asked.request.id), 'challenge_expired')
  assert.equal((await app.send(claim(asked.challengeId))).status, 200)
})

attack('104 197 of a hundred yeses at once one counts, and of a hundred who come with it one gets in', async (app) => {
  const paired = await start(app)
  const { challengeId, number, request } = await ask(app, paired)
  const hundred = Array.from({ length: 100 }, (_, index) => index)
  const yeses = await Promise.all(hundred.map(() => paired.device.approve(request.id, number)))
  assert.equal(yeses.filter(({ status }) => status === 200).length, 1)
  for (const { status } of yeses) assert.ok(status === 200 || status === 401)
  const claims = await sendTogether(
    app,
    hundred.map(() => claim(challengeId)),
  )
  assert.equal(claims.filter(({ status }) => status === 200).length, 1)
  for (const { status, text } of claims) assert.ok(status === 200 || status === 401, text)
})

attack('105 an approval is what the key of the device has signed, and nothing else', async (app) => {
  const paired = await start(app)
  const other = await start(app)
  const { device } = paired
  const mine = await ask(app, paired)
  const theirs = await ask(app, other)
  const { id } = mine.request
  const refused = [
    await device.approve(id, mine.number, { otherKey: true }),
    await device.approve(id, not(mine.number), { sent: { number: mine.number } }),
    await device.approve(theirs.request.id, mine.number, { sent: { id } }),
    await device.deny(id, { sent: { decision: 'approve', number: mine.number } }),
    await device.approve(id, mine.number, { sent: { signature: 'A'.repeat(86) } }),
    await device.approve(id, mine.number, { sent: { time: 1 } }),
    // In the name of another device, and of one that does not exist.
    await other.device.approve(id, mine.number, { sent: { device_id: device.id } }),
    await device.approve(id, mine.number, { sent: { device_id: `fac_${'0'.repeat(26)}` } }),
  ]
  const codes = refused.map(({ json }) => json['code'])
  const badTime = codes.indexOf('signature_timestamp_out_of_range')
  assert.equal(badTime, 5)
  // The id in the path stands, whatever the body says: what was signed for another request is for that one.
  assert.equal(codes[2], 'challenge_expired')
  assert.ok(
    codes.every((code, index) => [2, 5].includes(index) || code === 'device_not_accepted'),
    String(codes),
  )
  assertRefusal(await device.approve(id, mine.number, { skewSeconds: 400 }), 'signature_timestamp_out_of_range')
  assert.equal(await stateOf(app, mine), 'pending')

  // What the device has signed is not taken from whoever signs in.
  const response = { ...device.sign(id, 'approve', mine.number) }
  await assertRefused(
    app,
    { path: `/v1/challenges/${mine.challengeId}/verify`, body: { response } },
    { code: 'mfa_code_invalid', event: 'factor.rejected' },
  )
  assert.equal(await stateOf(app, mine), 'pending')

  // Who approves for themselves approves nothing of others: another client, another challenge.
  assert.equal((await device.approve(id, mine.number)).status, 200)
  await assertRefused(app, claim(theirs.challengeId), { code: 'approval_pending' })
  const stranger = await app.house.newApp()
  await assertRefused(
    app,
    { ...claim(mine.challengeId), by: stranger },
    { code: 'challenge_expired', event: 'factor.rejected' },
  )
  // A device that is removed between the yes and the claim has said nothing.
  await app.sdk.factors.remove({ id: paired.factorId })
  assertProblem(await app.send(claim(mine.challengeId)), 'challenge_expired')
})

attack('105 a device is one key, paired once, and active when its owner says so where they enrolled', async (app) => {
  const user = await app.createUser({ password })
  const { factorId, code } = await enroll(app, user)
  assert.match(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  const device = newDevice(app)
  const thief = newDevice(app)
  assertRefusal(await device.tryToPair(code, { otherKey: true }), 'device_not_accepted')
  assertRefusal(await device.tryToPair('K7M2-Q9XW-4TZD'), 'pairing_code_invalid')
  assertRefusal(await device.tryToPair('nonsense'), 'pairing_code_invalid')
  assertRefusal(
    await device.tryToPair(code, { sent: { public_key: { ...thief.publicKey, d: 'A' } } }),
    'unknown_parameter',
  )
  // The thief was faster: they have the device, and not the page where its digits must be typed.
  const confirmation = await thief.pair(code.toLowerCase().replaceAll('-', ' '))
  assertRefusal(await device.tryToPair(code), 'pairing_code_invalid')
  assert.deepEqual(await thief.requests(), [])
  await assertRefused(
    app,
    { path: `/v1/factors/${factorId}/activate`, body: { code: not(confirmation).padStart(6, '1') } },
    { code: 'mfa_code_invalid', event: 'factor.rejected', secrets: [confirmation] },
  )
  // The same key is no other device.
  const again = await enroll(app, user)
  assertRefusal(await thief.tryToPair(again.code), 'pairing_code_invalid')
  // Late.
  app.house.server.clock.advance('601s')
  assertRefusal(await device.tryToPair(again.code), 'pairing_code_invalid')
})

attack('105 an enrolment that no device has answered cannot be activated', async (app) => {
  const user = await app.createUser({ password })
  const { factorId } = await enroll(app, user)
  const attempt = { path: `/v1/factors/${factorId}/activate`, body: { code: '000000' } }
  await assertRefused(app, attempt, { code: 'mfa_code_invalid', event: 'factor.rejected' })
})

attack('104 who has got in by another factor leaves nothing for the device to say yes to', async (app) => {
  const { user, phone } = await createGuardedUser(app)
  const paired = await addDevice(app, user)
  const asked = await ask(app, paired)
  const code = codeOf(app, phone.account)
  assert.equal((await app.send(verifyAttempt(asked.challengeId, code))).status, 200)
  assertRefusal(await paired.device.approve(asked.request.id, asked.number), 'challenge_expired')
  assert.equal(await stateOf(app, asked), 'answered')
})

attack('104 a yes and a no at once are one of both', async (app) => {
  const paired = await start(app)
  const asked = await ask(app, paired)
  const answers = await Promise.all([
    paired.device.approve(asked.request.id, asked.number),
    paired.device.deny(asked.request.id),
  ])
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 401])
  const state = answers[0]?.status === 200 ? 'approved' : 'spent'
  assert.equal(await stateOf(app, asked), state)
})

attack('106 a person is asked once at a time, three times in ten minutes, and not after five silences', async (app) => {
  const paired = await start(app)
  const { clock } = app.house.server
  const send = async () => {
    const challengeId = await openChallenge(app, paired.user)
    return { path: `/v1/challenges/${challengeId}/send`, body: { factor_id: paired.factorId } }
  }
  await ask(app, paired)
  const second = await assertRefused(app, await send(), { code: 'push_limited' })
  assert.equal(second.headers['retry-after'], '60')
  for (let silences = 1; silences < 3; silences++) {
    clock.advance('1m')
    await ask(app, paired)
  }
  clock.advance('1m')
  const fourth = await assertRefused(app, await send(), { code: 'push_limited' })
  assert.equal(fourth.headers['retry-after'], String(7 * 60))
  assert.deepEqual(await paired.device.requests(), [])

  for (let silences = 3; silences < 5; silences++) {
    clock.advance('10m')
    await ask(app, paired)
  }
  clock.advance('10m')
  await assertRefused(app, await send(), { code: 'push_stopped', event: 'push.stopped', reason: 'unanswered' })
  const mails = (await app.house.server.outbox.all()).filter(({ to }) => to === paired.user.email)
  assert.ok(mails.some(({ kind }) => kind === 'push_stopped'))
  clock.advance('1d')
  await assertRefused(app, await send(), { code: 'push_stopped' })

  // Until somebody has looked.
  await app.sdk.users.unlock({ id: paired.user.id, reason: 'asked her' })
  const asked = await ask(app, paired)
  assert.equal((await paired.device.approve(asked.request.id, asked.number)).status, 200)
})

attack('107 a "not me" ends the sign-in, keeps its source out and stops further requests', async (app) => {
  const paired = await start(app)
  const { user, device } = paired
  const asked = await ask(app, paired, '203.0.113.9')
  const record = await app.house.recordOf(async () => {
    assert.equal((await device.deny(asked.request.id)).status, 200)
  })
  const [event] = record
  assert.deepEqual(
    [record.length, event?.type, event?.outcome, event?.user_id, event?.ip_address, event?.data['suspect']],
    [1, 'push.denied', 'refused', user.id, '203.0.113.9', 'password'],
  )
  assert.equal(await stateOf(app, asked), 'spent')
  await assertRefused(app, claim(asked.challengeId), { code: 'challenge_expired', event: 'factor.rejected' })
  assertRefusal(await device.approve(asked.request.id, asked.number), 'challenge_expired')

  const attempt = (ip: string) => ({
    path: '/v1/auth/login',
    body: { email: user.email, password, end_user: { ip } },
  })
  const kept = await assertRefused(app, attempt('203.0.113.9'), { code: 'too_many_attempts', event: 'login.failed' })
  assert.equal(kept.headers['retry-after'], '600')
  // From elsewhere the owner gets in, by another factor: no request is made any more.
  const elsewhere = await app.send(attempt('192.0.2.1'))
  assert.equal(elsewhere.json?.['status'], 'mfa_required')
  const { id } = elsewhere.json['challenge'] as { id: Id<'chl'> }
  await assertRefused(
    app,
    { path: `/v1/challenges/${id}/send`, body: { factor_id: paired.factorId } },
    { code: 'push_stopped' },
  )
  const mails = (await app.house.server.outbox.all()).filter(({ to }) => to === user.email)
  const mail = mails.find(({ kind }) => kind === 'push_denied')
  assert.match(mail?.text ?? '', /203\.0\.113\.9/)

  app.house.server.clock.advance('601s')
  assert.equal((await app.send(attempt('203.0.113.9'))).json?.['status'], 'mfa_required')
})
