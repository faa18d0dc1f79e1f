import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { startMailServer } from '../../packages/server/src/messages/mail/test-mail-server.ts'
import { reply, startProvider } from '../../packages/server/src/messages/sms/test-provider.ts'
import { houseOf, openChallenge, password } from './support.ts'

/** An application of a server whose mail goes to this port. */
async function appWithMailTo(t: TestContext, port: number) {
  const server = await startTestServer({
    settings: {
      GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${port}`,
      GATEHOUSE_SMTP_TLS: 'off',
      GATEHOUSE_MAIL_FROM: 'Example <no-reply@example.test>',
    },
  })
  t.after(() => server.stop())
  // What a test tenant sends goes nowhere.
  return (await houseOf(server)).newApp({ tenant: 'default' })
}

test('087 an odd address is refused, or its mail reaches one recipient with the headers intact', async (t) => {
  const mail = await startMailServer(t)
  const app = await appWithMailTo(t, mail.port)
  const { outbox } = app.house.server
  let accepted = 0
  for (const email of [
    'a@x.test\r\nBcc: b@y.test',
    'a@x.test\nRCPT TO:<b@y.test>',
    'a@x.test,b@y.test',
    'a@x.test;b@y.test',
    '"a@x.test b"@z.test',
    '<a@x.test>',
    'a@x.test\u0000',
    'a%00@x.test',
    "o'hara+1@x.test",
    'ada@münchen.test',
    'ada@еxample.test',
    `${'a'.repeat(310)}@example.test`,
  ]) {
    const answer = await app.send({ path: '/v1/users', body: { email, password } })
    if (answer.status !== 201) {
      assert.equal(answer.status, 400, email)
      continue
    }
    accepted++
    await app.sdk.users.update({ id: answer.json?.['id'] as `usr_${string}`, password: `${password} anew` })
    await outbox.all()
    const [received, ...more] = mail.received.splice(0)
    assert.equal(more.length, 0, email)
    assert.equal(received?.to.length, 1, email)
    const names = received.mail.headers.map(({ key }) => key)
    assert.deepEqual([names.filter((name) => name === 'to').length, names.includes('bcc')], [1, false], email)
  }
  assert.equal(accepted, 4)
})

test('089 whether the mail server is up, down or silent, the answer is the same and nobody waits for it', async (t) => {
  const silent = createServer()
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => silent.close())
  const up = await startMailServer(t)
  const ports = { up: up.port, down: 1, silent: (silent.address() as { port: number }).port }
  const answers: unknown[] = []
  for (const [name, port] of Object.entries(ports)) {
    const app = await appWithMailTo(t, port)
    const user = await app.createUser({ password })
    const began = performance.now()
    const path = `/v1/users/${user.id}`
    const answer = await app.send({ method: 'PATCH', path, body: { password: `${password} anew` } })
    // A silent server is waited for ten seconds, and by nobody who asks us.
    assert.ok(performance.now() - began < 5000, name)
    const { id, number, email, updated_at, created_at, ...rest } = answer.json ?? {}
    answers.push([answer.status, Object.keys(answer.headers).sort(), rest])
    assert.ok(id && number && email && updated_at && created_at)
  }
  assert.deepEqual(answers[1], answers[0])
  assert.deepEqual(answers[2], answers[0])
})

test('089 whether the SMS provider is up, down, busy or silent, who asks for a code is answered alike and at once', async (t) => {
  const takes = reply(202, '')
  const provider = await startProvider(t, takes)
  const server = await startTestServer({
    settings: {
      GATEHOUSE_SMS: JSON.stringify([{ provider: 'http', url: provider.url }]),
      GATEHOUSE_SMS_COUNTRIES: 'DE',
    },
  })
  t.after(() => server.stop())
  const app = await (await houseOf(server)).newApp({ tenant: 'default' })
  const user = await app.createUser({ password })
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'sms', phone_number: '+4915112345678' })
  await server.outbox.all()
  const [code = ''] = /\b\d{6}\b/.exec(JSON.parse(provider.calls[0]?.body ?? '').text) ?? []
  await app.sdk.factors.activate({ id: factor.id, code })
  const states = {
    up: takes,
    busy: reply(503, ''),
    down: (response) => response.socket?.destroy(),
    silent: () => undefined,
  } satisfies Record<string, typeof provider.answer>
  const answers: unknown[] = []
  for (const [name, answer] of Object.entries(states)) {
    server.clock.advance('10m')
    provider.answer = answer
    const id = await openChallenge(app, user)
    const began = performance.now()
    const sent = await app.send({ path: `/v1/challenges/${id}/send`, body: { factor_id: factor.id } })
    // A silent provider is waited for eight seconds, and by nobody who asks us.
    assert.ok(performance.now() - began < 5000, name)
    assert.equal(sent.status, 202, sent.text)
    const { expires_at, resend_after, ...rest } = sent.json ?? {}
    assert.ok(expires_at && resend_after)
    answers.push([Object.keys(sent.headers).sort(), rest])
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0])
})
