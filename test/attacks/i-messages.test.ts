import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { startMailServer } from '../../packages/server/src/messages/mail/test-mail-server.ts'
import { houseOf, password } from './support.ts'

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
  return (await houseOf(server)).newApp()
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
