import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { OutgoingMessage } from '../channel.ts'
import { fcm } from './fcm.ts'
import { ServiceAccountText } from './fcm-settings.ts'
import { startFirebase } from './test-firebase.ts'

async function start(t: TestContext) {
  const clock = { now: new Date('2026-11-22T12:00:00Z') }
  const firebase = await startFirebase(t, () => clock.now)
  const waker = fcm(
    { account: ServiceAccountText.parse(firebase.accountFile), url: firebase.url },
    { now: () => clock.now },
  )
  t.after(() => waker.close())
  const message: OutgoingMessage = {
    id: 'msg_1',
    tenantId: 'ten_1',
    channel: 'push',
    to: 'fac_1',
    kind: 'push_request',
    values: {},
    notAfter: new Date('2026-11-22T12:01:00Z'),
    subject: undefined,
    text: 'A sign-in to Example waits for your answer.',
    html: undefined,
  }
  const wake = () => waker.wake({ transport: 'fcm', token: 'device-1' }, message, AbortSignal.timeout(30_000))
  return { clock, firebase, wake }
}

test('an app is woken at high priority, for as long as the request waits, and told nothing of it', async (t) => {
  const { clock, firebase, wake } = await start(t)
  clock.now = new Date('2026-11-22T12:00:15.500Z')
  assert.deepEqual(await wake(), { taken: true })
  const [sent] = firebase.messages
  assert.equal(sent?.token, 'device-1')
  assert.deepEqual(sent.data, { type: 'gatehouse.push_request', until: '2026-11-22T12:01:00.000Z' })
  const { collapse_key: key, ...android } = sent.android
  assert.deepEqual(android, { priority: 'HIGH', ttl: '44s' })
  assert.equal(sent.apns.headers['apns-collapse-id'], key)
  assert.equal(sent.apns.headers['apns-priority'], '10')
  assert.equal(sent.apns.headers['apns-expiration'], String(Date.parse('2026-11-22T12:01:00Z') / 1000))
  assert.equal(sent.apns.payload.aps.alert.body, 'A sign-in to Example waits for your answer.')
})

test('a token is asked for once, also by many at a time, and again when it ends or is not taken', async (t) => {
  const { clock, firebase, wake } = await start(t)
  const verdicts = await Promise.all([wake(), wake(), wake()])
  assert.ok(verdicts.every((verdict) => verdict !== 'gone' && verdict.taken))
  assert.equal(firebase.tokens, 1)
  clock.now = new Date(clock.now.getTime() + 3539_000)
  await wake()
  assert.equal(firebase.tokens, 1)
  clock.now = new Date(clock.now.getTime() + 1000)
  await wake()
  assert.equal(firebase.tokens, 2)
  firebase.voidTokens()
  assert.deepEqual(await wake(), { taken: false, reason: 'not_authorised', isFinal: false })
  assert.deepEqual(await wake(), { taken: true })
  assert.equal(firebase.tokens, 3)
})

test('what Firebase answers is told apart: gone for good, to be tried again, or of no use', async (t) => {
  const { firebase, wake } = await start(t)
  const cases = [
    [404, 'NOT_FOUND', 'UNREGISTERED', 'gone'],
    [403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH', 'gone'],
    [404, 'NOT_FOUND', undefined, 'not_authorised'],
    [403, 'PERMISSION_DENIED', undefined, 'not_authorised'],
    [400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'message_refused'],
    [429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'busy'],
    [500, 'INTERNAL', 'INTERNAL', 'busy'],
    [503, 'UNAVAILABLE', 'UNAVAILABLE', 'busy'],
  ] as const
  for (const [status, name, errorCode, expected] of cases) {
    firebase.refusal = { status, name, errorCode }
    const verdict = await wake()
    assert.equal(verdict === 'gone' ? verdict : !verdict.taken && verdict.reason, expected, `${status} ${errorCode}`)
  }
  firebase.refusal = { status: 502, name: 'x', errorCode: undefined, text: '<html>bad gateway</html>' }
  assert.deepEqual(await wake(), { taken: false, reason: 'busy', isFinal: false })
})

test('without a token nothing is sent', async (t) => {
  const { firebase, wake } = await start(t)
  firebase.tokenStatus = 400
  assert.deepEqual(await wake(), { taken: false, reason: 'not_authorised', isFinal: false })
  assert.equal(firebase.calls, 0)
})

test('a file that is no key of a service account is refused', async (t) => {
  const { firebase } = await start(t)
  const file = JSON.parse(firebase.accountFile)
  const bad = [
    'nonsense',
    JSON.stringify({ ...file, type: 'authorized_user' }),
    JSON.stringify({ ...file, private_key: 'x' }),
    JSON.stringify({ ...file, project_id: '../x' }),
    JSON.stringify({ ...file, token_uri: 'http://oauth2.example.org/token' }),
  ]
  for (const text of bad) assert.equal(ServiceAccountText.safeParse(text).success, false, text.slice(0, 40))
})
