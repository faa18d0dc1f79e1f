import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { AwsV4Signer } from 'aws4fetch'
import type { Channel, OutgoingMessage } from '../channel.ts'
import { smsChannel } from './sms-channel.ts'
import { SmsAccount, SmsAccounts } from './sms-settings.ts'
import { reply, startProvider, type TestProvider } from './test-provider.ts'

const now = new Date('2026-11-22T10:00:00Z')
const to = '+4915112345678'

function shortMessage(more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: 'msg_01kakakakakakakakakakakaka',
    tenantId: 'ten_1',
    channel: 'sms',
    to,
    kind: 'code',
    values: { code: '123456', minutes: '5' },
    notAfter: new Date(now.getTime() + 300_000),
    subject: undefined,
    text: '123456 ist Ihr Code für "Café". {to}',
    html: undefined,
    ...more,
  }
}

function channelOf(
  t: TestContext,
  accounts: readonly SmsAccount[],
  countries: readonly string[] = ['DE'],
  longestMs = 5000,
): Channel {
  const channel = smsChannel({ accounts, countries }, { now: () => now }, longestMs)
  t.after(() => channel.close?.())
  return channel
}

const deliver = (channel: Channel, more?: Partial<OutgoingMessage>) =>
  channel.deliver(shortMessage(more), AbortSignal.timeout(10_000))
const httpAccount = ({ url }: Pick<TestProvider, 'url'>) => SmsAccount.parse({ provider: 'http', url: `${url}/send` })
const lost = (reason: string, isFinal = false) => ({ taken: false, reason, isFinal })

test('Twilio is asked in its own words, and told when to give up', async (t) => {
  const provider = await startProvider(t, reply(201, { sid: 'SM1', status: 'queued' }))
  const sid = `AC${'0'.repeat(32)}`
  const account = { provider: 'twilio', account_sid: sid, auth_token: 'word', from: '+4930123456', url: provider.url }
  const channel = channelOf(t, [SmsAccount.parse(account)])
  assert.deepEqual(await deliver(channel), { taken: true })
  const [call] = provider.calls
  assert.equal(call?.path, `/2010-04-01/Accounts/${sid}/Messages.json`)
  assert.equal(call.headers.authorization, `Basic ${Buffer.from(`${sid}:word`).toString('base64')}`)
  const form = Object.fromEntries(new URLSearchParams(call.body))
  assert.deepEqual(form, { To: to, Body: shortMessage().text, From: '+4930123456', ValidityPeriod: '300' })
  for (const [status, body, expected] of [
    [400, { code: 21211 }, lost('recipient_refused', true)],
    [400, { code: 21602 }, lost('message_refused', true)],
    [401, { code: 20003 }, lost('not_authorised')],
    [429, { code: 20429 }, lost('busy')],
    [503, 'down', lost('busy')],
    [201, '<html>', lost('bad_answer')],
    [200, { sid: 'SM1' }, lost('bad_answer')],
  ] as const) {
    provider.answer = reply(status, body)
    assert.deepEqual(await deliver(channel), expected, `${status} ${JSON.stringify(body)}`)
  }
})

test('Vonage is asked in its own words, and its answers of status 200 are read', async (t) => {
  const provider = await startProvider(t, reply(200, { messages: [{ status: '0' }] }))
  const account = { provider: 'vonage', api_key: 'key', api_secret: 'word', from: 'Example', url: provider.url }
  const channel = channelOf(t, [SmsAccount.parse(account)])
  assert.deepEqual(await deliver(channel), { taken: true })
  const form = Object.fromEntries(new URLSearchParams(provider.calls[0]?.body))
  assert.equal(provider.calls[0]?.path, '/sms/json')
  assert.deepEqual(form, {
    api_key: 'key',
    api_secret: 'word',
    from: 'Example',
    to: '4915112345678',
    text: shortMessage().text,
    type: 'unicode',
    ttl: '300000',
    'client-ref': shortMessage().id,
  })
  for (const [body, expected] of [
    [{ messages: [{ status: '1' }] }, lost('busy')],
    [{ messages: [{ status: '4' }] }, lost('not_authorised')],
    [{ messages: [{ status: '6' }] }, lost('recipient_refused', true)],
    [{ messages: [{ status: 'constructor' }] }, lost('bad_answer')],
    [{ messages: [] }, lost('bad_answer')],
    [[null], lost('bad_answer')],
    ['null', lost('bad_answer')],
  ] as const) {
    provider.answer = reply(200, body)
    assert.deepEqual(await deliver(channel), expected, JSON.stringify(body))
  }
})

test('Amazon SNS is asked with a signature that it can check', async (t) => {
  const provider = await startProvider(
    t,
    reply(200, '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>'),
  )
  const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' }
  const account = SmsAccount.parse({
    provider: 'sns',
    region: 'eu-central-1',
    access_key_id: keys.accessKeyId,
    secret_access_key: keys.secretAccessKey,
    sender_id: 'Example',
    url: `${provider.url}/`,
  })
  const channel = channelOf(t, [account])
  assert.deepEqual(await deliver(channel), { taken: true })
  const [call] = provider.calls
  const form = new URLSearchParams(call?.body)
  assert.deepEqual([form.get('Action'), form.get('PhoneNumber')], ['Publish', to])
  assert.equal(form.get('MessageAttributes.entry.2.Value.StringValue'), 'Example')
  assert.equal(call?.headers['x-amz-date'], '20261122T100000Z')
  const again = new AwsV4Signer({
    ...keys,
    method: 'POST',
    url: `${provider.url}/`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: call.body,
    service: 'sns',
    region: 'eu-central-1',
    datetime: '20261122T100000Z',
  })
  assert.equal(call.headers.authorization, (await again.sign()).headers.get('authorization'))
  for (const [status, code, expected] of [
    [400, 'InvalidParameter', lost('recipient_refused', true)],
    [400, 'Throttling', lost('busy')],
    [403, 'SignatureDoesNotMatch', lost('not_authorised')],
    [500, 'InternalError', lost('busy')],
  ] as const) {
    provider.answer = reply(status, `<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`)
    assert.deepEqual(await deliver(channel), expected, code)
  }
})

test('any other service gets the JSON that the operator wrote, and no message can change its form', async (t) => {
  const provider = await startProvider(t, reply(202, ''))
  const [account] = SmsAccounts.parse(
    JSON.stringify([
      {
        provider: 'http',
        url: `${provider.url}/v1/send`,
        token: 'word',
        body: { recipients: ['{to}'], content: { text: 'Hi: {text}' }, flash: false, ref: '{id}', keep: '{other}' },
      },
    ]),
  )
  assert.ok(account)
  assert.deepEqual(await deliver(channelOf(t, [account])), { taken: true })
  const [call] = provider.calls
  assert.equal(call?.headers.authorization, 'Bearer word')
  assert.equal(call.headers['idempotency-key'], shortMessage().id)
  assert.deepEqual(JSON.parse(call.body), {
    recipients: [to],
    content: { text: `Hi: ${shortMessage().text}` },
    flash: false,
    ref: shortMessage().id,
    keep: '{other}',
  })
})

test('a provider that redirects, floods, says nothing or is not there costs an attempt, and leads nowhere', async (t) => {
  const inside = await startProvider(t, reply(200, ''))
  const provider = await startProvider(t, reply(307, '', { location: `${inside.url}/send` }))
  const channel = channelOf(t, [httpAccount(provider)])
  assert.deepEqual(await deliver(channel), lost('bad_answer'))
  assert.equal(inside.calls.length, 0)
  provider.answer = reply(200, 'x'.repeat(1_000_000))
  assert.deepEqual(await deliver(channel), lost('bad_answer'))
  provider.answer = (response) => response.socket?.end('SMTP/1.0 what?\r\n\r\n')
  assert.equal((await deliver(channel)).taken, false)
  provider.answer = () => undefined
  assert.deepEqual(await deliver(channelOf(t, [httpAccount(provider)], ['DE'], 200)), lost('timeout'))
  provider.answer = (response) => response.socket?.destroy()
  assert.deepEqual(await deliver(channel), lost('unreachable'))
  assert.deepEqual(await deliver(channelOf(t, [httpAccount({ url: 'http://127.0.0.1:1' })])), lost('unreachable'))
})

test('when a provider fails the next one is asked, at once, and goes first from then on', async (t) => {
  const first = await startProvider(t, reply(503, ''))
  const second = await startProvider(t, reply(200, ''))
  const channel = channelOf(t, [httpAccount(first), httpAccount(second)])
  assert.deepEqual(await deliver(channel), { taken: true })
  assert.deepEqual(await deliver(channel), { taken: true })
  assert.deepEqual([first.calls.length, second.calls.length], [1, 2])
  second.answer = reply(400, '')
  assert.deepEqual(await deliver(channel), lost('busy'), 'one that may take it later decides')
})

test('a code is not handed to the next provider when its time is over', async (t) => {
  const provider = await startProvider(t, reply(200, ''))
  assert.equal((await deliver(channelOf(t, [httpAccount(provider)]), { notAfter: now })).taken, false)
  assert.equal(provider.calls.length, 0)
})

test('088 no SMS leaves for a country that is not served, nor to what is no number', async (t) => {
  const provider = await startProvider(t, reply(200, ''))
  const [german, any] = [channelOf(t, [httpAccount(provider)]), channelOf(t, [httpAccount(provider)], ['any'])]
  for (const number of ['+12025550123', '+8821612345678', '+37052345678']) {
    assert.deepEqual(await deliver(german, { to: number }), lost('recipient_refused', true), number)
    assert.deepEqual(await deliver(any, { to: number }), { taken: true }, number)
  }
  const sent = provider.calls.length
  for (const odd of [
    '015112345678',
    '+49151',
    '+49 1511 2345678',
    '+4915112345678,+4915112345679',
    '+4915112345678\n',
    '',
  ]) {
    assert.deepEqual(await deliver(any, { to: odd }), lost('recipient_refused', true), odd)
  }
  assert.equal(provider.calls.length, sent)
})
