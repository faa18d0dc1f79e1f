import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { startMailServer } from '../packages/server/src/messages/mail/test-mail-server.ts'
import { reply, startProvider } from '../packages/server/src/messages/sms/test-provider.ts'

const password = 'seven unrelated words in a row'
const to = '+4915112345678'

/** What each provider is told about itself, what it answers, and where the words are in what it is sent. */
const providers = {
  twilio: {
    account: { account_sid: `AC${'0'.repeat(32)}`, auth_token: 'word', from: '+4930123456' },
    answer: reply(201, { sid: 'SM1', status: 'queued' }),
    read: (body: string) => new URLSearchParams(body).get('Body'),
  },
  vonage: {
    account: { api_key: 'key', api_secret: 'word', from: 'Example' },
    answer: reply(200, { messages: [{ status: '0' }] }),
    read: (body: string) => new URLSearchParams(body).get('text'),
  },
  sns: {
    account: { region: 'eu-central-1', access_key_id: 'AKIDEXAMPLE', secret_access_key: 'word' },
    answer: reply(200, '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>'),
    read: (body: string) => new URLSearchParams(body).get('Message'),
  },
  http: {
    account: {},
    answer: reply(202, ''),
    read: (body: string) => String(JSON.parse(body).text),
  },
} as const

/** A server with these settings, one user of it, and a way to have codes sent and answered. */
async function start(t: TestContext, settings: Readonly<Record<string, string>>) {
  const server = await startTestServer({ settings })
  t.after(() => server.stop())
  const gatehouse = await server.client({ tenant: 'default' })
  const user = await gatehouse.users.create({ email: 'ada@example.test', password })

  /** From the enrolment of the factor to a session, by the codes that `newCode` finds where they arrive. */
  async function signInBy(type: 'sms' | 'email', newCode: () => string): Promise<readonly string[]> {
    const { factor } = await gatehouse.users.factors.enroll({
      id: user.id,
      type,
      ...(type === 'sms' && { phone_number: to }),
    })
    await server.outbox.all()
    const first = newCode()
    await gatehouse.factors.activate({ id: factor.id, code: first })
    server.clock.advance('30s')
    const answer = await gatehouse.auth.login({ email: user.email, password })
    assert.ok(answer.status === 'mfa_required')
    await gatehouse.challenges.send({ id: answer.challenge.id, factor_id: factor.id })
    await server.outbox.all()
    const session = await gatehouse.challenges.verify({ id: answer.challenge.id, code: newCode() })
    const { claims } = await gatehouse.tokens.validate({ token: session.access_token })
    assert.deepEqual(server.failures, [])
    return claims?.amr ?? []
  }
  return { signInBy }
}

function codeIn(text: string | null | undefined): string {
  return /\b\d{6}\b/.exec(text ?? '')?.[0] ?? assert.fail(`no code in ${text}`)
}

for (const [name, { account, answer, read }] of Object.entries(providers)) {
  test(`a code by SMS is enrolled and signs in, sent by ${name}`, async (t) => {
    const provider = await startProvider(t, answer)
    const { signInBy } = await start(t, {
      GATEHOUSE_SMS: JSON.stringify([{ provider: name, url: provider.url, ...account }]),
      GATEHOUSE_SMS_COUNTRIES: 'DE',
    })
    assert.deepEqual(await signInBy('sms', () => codeIn(read(provider.calls.at(-1)?.body ?? ''))), [
      'pwd',
      'sms',
      'mfa',
    ])
    assert.equal(provider.calls.length, 2)
  })
}

test('a code by e-mail is enrolled and signs in, sent by SMTP', async (t) => {
  const mail = await startMailServer(t)
  const { signInBy } = await start(t, {
    GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    GATEHOUSE_SMTP_TLS: 'off',
    GATEHOUSE_MAIL_FROM: 'Example <no-reply@example.test>',
  })
  const newCode = () => codeIn(mail.received.findLast((each) => /\b\d{6}\b/.test(each.mail.text ?? ''))?.mail.text)
  assert.deepEqual(await signInBy('email', newCode), ['pwd', 'email', 'mfa'])
})
