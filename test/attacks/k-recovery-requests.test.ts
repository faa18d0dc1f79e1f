import assert from 'node:assert/strict'
import type { User } from '@gatehouse/contract/resources'
import {
  type App,
  assertRefused,
  attack,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  sendTogether,
  verifyAttempt,
} from './support.ts'

const ask = (challenge: string) => ({ path: `/v1/challenges/${challenge}/recovery-request`, body: {} })

/** Somebody who has lost everything but the password, and their request. */
async function lost(app: App) {
  const { user, phone } = await createGuardedUser(app)
  app.house.server.clock.advance('1m')
  await app.house.server.outbox.clear()
  const request = await app.sdk.recovery.request({ id: (await openChallenge(app, user)) as `chl_${string}` })
  return { user, phone, request, mails: () => mailsTo(app, user) }
}

async function mailsTo(app: App, user: User) {
  return (await app.house.server.outbox.all()).filter(({ to }) => to === user.email)
}

/** Lets hours go by, and does what is due at the end of each step. */
async function wait(app: App, ...hours: readonly number[]): Promise<void> {
  for (const each of hours) {
    app.house.server.clock.advance(`${each}h`)
    await app.house.server.runJobs()
  }
}

attack('who has lost all but the password waits, is told twice, and gets a pass that is good once', async (app) => {
  const { user, request, mails } = await lost(app)
  assert.equal(request.state, 'waiting')
  assert.deepEqual(
    (await mails()).map(({ kind }) => kind),
    ['recovery_requested'],
  )
  // To ask again changes nothing and sends nothing.
  const again = await sendTogether(app, [ask(await openChallenge(app, user)), ask(await openChallenge(app, user))])
  assert.deepEqual(
    again.map(({ json }) => json),
    [request, request],
  )
  await wait(app, 17)
  assert.equal((await mails()).length, 1)
  await wait(app, 1)
  assert.equal((await mails()).length, 2)
  await wait(app, 5)
  assert.equal((await app.sdk.recovery.get({ id: request.id })).state, 'waiting')
  await wait(app, 1, 0)
  assert.equal((await app.sdk.recovery.get({ id: request.id })).state, 'granted')
  const pass = (await mails()).find(({ kind }) => kind === 'access_pass')
  const [code = ''] = /([0-9a-z]{4}-){5}[0-9a-z]{4}/.exec(pass?.text ?? '') ?? []
  const inside = await app.send(verifyAttempt(await openChallenge(app, user), code))
  assert.equal(inside.status, 200, inside.text)
  const { claims } = await app.sdk.tokens.validate({ token: String(inside.json?.['access_token']) })
  assert.equal(claims?.acr, 'recovery')
  const { data: record } = await app.sdk.auditEvents.listPage({ user_id: user.id, limit: 100 })
  for (const type of ['recovery.requested', 'recovery.ended', 'access_pass.issued', 'access_pass.used']) {
    assert.equal(record.filter((event) => event.type === type).length, 1, type)
  }
  assert.ok(!JSON.stringify(record).includes(code))
})

attack('the link of the mail stops a request when its button is pressed, and not when it is opened', async (app) => {
  const { request, mails } = await lost(app)
  const link = /http\S+\/recovery\/cancel\?token=[\w-]+/.exec((await mails())[0]?.text ?? '')?.[0] ?? ''
  assert.match(link, /^http:\/\/gatehouse\.test\//)
  const { pathname, search } = new URL(link)
  const at = `${app.house.server.url}${pathname}`
  const opened = await fetch(at + search)
  assert.match(opened.headers.get('content-security-policy') ?? '', /form-action 'self'/)
  assert.match(await opened.text(), /<form method="post">/)
  assert.equal((await app.sdk.recovery.get({ id: request.id })).state, 'waiting')
  const press = (query: string) => fetch(at + query, { method: 'POST', body: new URLSearchParams() })
  for (const query of ['', '?token=', '?token=AAAA', `${search}A`, `?token=${request.id}`, `${search}&token=x`]) {
    assert.match(await (await press(query)).text(), /nothing to stop/, query)
  }
  assert.equal((await app.sdk.recovery.get({ id: request.id })).state, 'waiting')
  assert.match(await (await press(search)).text(), /It is stopped/)
  assert.equal((await app.sdk.recovery.get({ id: request.id })).state, 'cancelled')
  await wait(app, 18, 6, 0)
  assert.deepEqual(
    (await mails()).map(({ kind }) => kind),
    ['recovery_requested'],
  )
})

attack('a request ends for nothing when a factor of the user is used, or an application cancels it', async (app) => {
  const used = await lost(app)
  const signedIn = await app.send(verifyAttempt(await openChallenge(app, used.user), codeOf(app, used.phone.account)))
  assert.equal(signedIn.status, 200, signedIn.text)
  const cancelled = await lost(app)
  await app.sdk.recovery.cancel({ id: cancelled.request.id, reason: 'they have called' })
  const reset = await lost(app)
  await app.sdk.users.resetMfa({ id: reset.user.id, reason: 'seen their passport' })
  await wait(app, 18, 6, 0)
  const states = await Promise.all(
    [used, cancelled, reset].map(({ request }) => app.sdk.recovery.get({ id: request.id })),
  )
  assert.deepEqual(
    states.map(({ state }) => state),
    ['overtaken', 'cancelled', 'overtaken'],
  )
  for (const { user } of [used, cancelled, reset]) {
    const factors = (await app.sdk.users.factors.list({ id: user.id })).data
    assert.ok(!factors.some(({ type }) => type === 'access_pass'))
  }
})

attack('without the password nobody asks, and nobody learns who exists', async (app) => {
  const { user } = await createGuardedUser(app)
  const challenge = await openChallenge(app, user)
  const other = await app.house.newApp()
  for (const id of ['chl_00000000000000000000000000', challenge]) {
    await assertRefused(other, ask(id), { code: 'challenge_expired' })
  }
  const asked = await app.sdk.users.challenges.create({ id: user.id, purpose: 'verify' })
  await assertRefused(app, ask(asked.id), { code: 'challenge_expired' })
  await app.sdk.users.update({ id: user.id, password: `${password} and more` })
  await assertRefused(app, ask(challenge), { code: 'challenge_expired' })
})
