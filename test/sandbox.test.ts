import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { startMailServer } from '../packages/server/src/messages/mail/test-mail-server.ts'
import { type App, assertProblem, assertRefused, attack, houseOf, openChallenge, password } from './attacks/support.ts'

const codes = { works: '424242', isInvalid: '000000', hasExpired: '111111' }
let made = 0
const testAddress = () => `ada-${++made}+test@example.test`

async function enrollMail(app: App, email: string) {
  const user = await app.createUser({ email, password })
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'email' })
  return { user, factor }
}

attack('in a test tenant a test address takes its code, and no other', async (app) => {
  const { user, factor } = await enrollMail(app, testAddress())
  await app.sdk.factors.activate({ id: factor.id, code: codes.works })
  app.house.server.clock.advance('30s')
  const challenge = await openChallenge(app, user)
  const path = `/v1/challenges/${challenge}/send`
  assert.equal((await app.send({ path, body: { factor_id: factor.id } })).status, 202)
  for (const code of [codes.isInvalid, codes.hasExpired]) {
    const refusal = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const
    await assertRefused(app, { path: `/v1/challenges/${challenge}/verify`, body: { code } }, refusal)
  }
  const session = await app.sdk.challenges.verify({ id: challenge as `chl_${string}`, code: codes.works })
  assert.equal(session.status, 'authenticated')
  // Like every code it is good once, and only when it was asked for.
  const next = await openChallenge(app, user)
  const unasked = await app.send({ path: `/v1/challenges/${next}/verify`, body: { code: codes.works } })
  assertProblem(unasked, 'mfa_code_invalid')
  const { data } = await app.sdk.test.outbox({ to: user.email })
  const sent = data.filter(({ kind }) => kind === 'code')
  assert.deepEqual(
    sent.map(({ channel, values }) => [channel, values['code']]),
    [
      ['email', codes.works],
      ['email', codes.works],
    ],
  )
  assert.match(sent[0]?.text ?? '', /424242/)
})

attack('in a test tenant a number that belongs to nobody takes the code as well', async (app) => {
  const user = await app.createUser({ password })
  for (const phone_number of ['+12015550123', '+44 20 7946 0123']) {
    const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'sms', phone_number })
    const answer = await app.send({ path: `/v1/factors/${factor.id}/activate`, body: { code: codes.works } })
    assert.equal(answer.status, phone_number.startsWith('+1') ? 200 : 401, answer.text)
  }
})

attack('a live tenant takes no test code, keeps no message and answers nothing under /v1/test', async (app) => {
  const live = await app.house.newApp({ tenant: 'default' })
  const user = await live.createUser({ email: testAddress(), password })
  for (const more of [
    { type: 'email' },
    { type: 'sms', phone_number: `+1201555${String(100 + made).padStart(4, '0')}` },
  ]) {
    const enrolled = await live.send({ path: `/v1/users/${user.id}/factors`, body: more })
    assert.equal(enrolled.status, 201, enrolled.text)
    const { factor } = enrolled.json as { factor: { id: string } }
    const refusal = { code: 'mfa_code_invalid', event: 'factor.rejected', changes: true } as const
    for (const code of Object.values(codes)) {
      await assertRefused(live, { path: `/v1/factors/${factor.id}/activate`, body: { code } }, refusal)
    }
  }
  await assertRefused(live, { path: '/v1/test/outbox' }, { code: 'test_mode_only' })
  await assertRefused(live, { path: '/v1/test/reset', body: {} }, { code: 'test_mode_only' })
  assert.deepEqual((await app.sdk.test.outbox({ to: user.email })).data, [])
})

/** A server whose mail goes to a real mail server. */
async function startWithMail(t: TestContext) {
  const mail = await startMailServer(t)
  const server = await startTestServer({
    settings: {
      GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
      GATEHOUSE_SMTP_TLS: 'off',
      GATEHOUSE_MAIL_FROM: 'Example <no-reply@example.test>',
    },
  })
  t.after(() => server.stop())
  return { mail, house: await houseOf(server) }
}

test('a mail of a test tenant is never sent, and one of a live tenant is sent and forgotten', async (t) => {
  const { mail, house } = await startWithMail(t)
  for (const [tenant, sent] of [
    ['default-test', 0],
    ['default', 1],
  ] as const) {
    const app = await house.newApp({ tenant })
    await enrollMail(app, testAddress())
    await house.server.outbox.all()
    assert.equal(mail.received.length, sent, tenant)
  }
  assert.deepEqual(house.server.failures, [])
})

attack('a reset erases users and messages of the test tenant, and of no other', async (app) => {
  const live = await app.house.newApp({ tenant: 'default' })
  const kept = await live.createUser({ password })
  const { user } = await enrollMail(app, testAddress())
  let left = true
  while (left) ({ has_more: left } = await app.sdk.test.reset({}))
  await assert.rejects(app.sdk.users.get({ id: user.id }), { code: 'not_found' })
  assert.deepEqual((await app.sdk.test.outbox({})).data, [])
  assert.equal((await live.sdk.users.get({ id: kept.id })).id, kept.id)
  const { data } = await app.sdk.auditEvents.listPage({ action: 'test_tenant_reset', limit: 1 })
  assert.equal(data.length, 1)
  assert.equal((await app.createUser({ email: user.email })).email, user.email)
})
