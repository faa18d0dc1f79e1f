import assert from 'node:assert/strict'
import { type App, type Attempt, assertRefused, attack, password, sendTogether } from './support.ts'

const day = 86_400_000

async function signIn(app: App) {
  const user = await app.createUser({ password })
  const answer = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'authenticated' && answer.refresh_token)
  return { ...answer, refresh_token: answer.refresh_token }
}

function refreshAttempt(refresh_token: string): Attempt {
  return { path: '/v1/auth/refresh', body: { refresh_token } }
}

async function isActive(app: App, token: string): Promise<boolean> {
  return (await app.sdk.tokens.validate({ token })).active
}

attack('129 a refresh token gives its successor once; a spent one that comes later ends the session', async (app) => {
  const { clock } = app.house.server
  const first = await signIn(app)
  clock.advance(3_000_000)
  const second = await app.sdk.auth.refresh({ refresh_token: first.refresh_token })
  assert.notEqual(second.refresh_token, first.refresh_token)
  assert.equal(second.session_id, first.session_id)
  assert.ok(await isActive(app, second.access_token))
  clock.advance(9000)
  // The answer was lost: the same successor, byte for byte.
  const again = await app.sdk.auth.refresh({ refresh_token: first.refresh_token })
  assert.deepEqual(again, second)
  clock.advance(2000)
  await assertRefused(app, refreshAttempt(first.refresh_token), {
    code: 'token_invalid',
    event: 'token.reused',
    changes: true,
    secrets: [first.refresh_token],
  })
  await assertRefused(app, refreshAttempt(second.refresh_token ?? ''), {
    code: 'token_invalid',
    event: 'token.rejected',
  })
  assert.equal(await isActive(app, second.access_token), false)
  assert.deepEqual((await app.sdk.users.sessions.list({ id: first.user.id })).data, [])
})

attack('131 a refresh token is for its client, and raises nothing that the session has proven', async (app) => {
  const signedIn = await signIn(app)
  const other = await app.house.newApp()
  await assertRefused(other, refreshAttempt(signedIn.refresh_token), { code: 'token_invalid', event: 'token.rejected' })
  for (const spoiled of [
    signedIn.refresh_token.replace('_0_', '_1_'),
    signedIn.refresh_token.replace('_0_', '_00_'),
    signedIn.refresh_token.slice(0, -1),
    `${signedIn.refresh_token} `,
    signedIn.access_token,
    'rft_',
    '',
  ]) {
    await assertRefused(app, refreshAttempt(spoiled), { code: 'token_invalid', event: 'token.rejected' })
  }
  app.house.server.clock.advance(60_000)
  const next = await app.sdk.auth.refresh({ refresh_token: signedIn.refresh_token })
  const before = (await app.sdk.tokens.validate({ token: signedIn.access_token })).claims
  const after = (await app.sdk.tokens.validate({ token: next.access_token })).claims
  assert.ok(before && after)
  const { iat, exp, jti, ...same } = after
  assert.deepEqual({ ...same, iat: before.iat, exp: before.exp, jti: before.jti }, before)
  assert.deepEqual([iat - before.iat, exp - before.exp], [60, 60])
  assert.notEqual(jti, before.jti)
})

attack('122 a session ends seven days after its last refresh, and thirty after its beginning', async (app) => {
  const { clock } = app.house.server
  const idle = await signIn(app)
  const used = await signIn(app)
  let token = used.refresh_token
  for (let week = 0; week < 4; week++) {
    clock.advance(7 * day - (week === 1 ? 4000 : 2000))
    const answer = await app.sdk.auth.refresh({ refresh_token: token })
    token = answer.refresh_token ?? ''
    if (week === 0) {
      clock.advance(2000)
      const refusal = { code: 'token_invalid', event: 'token.rejected', reason: 'expired' } as const
      await assertRefused(app, refreshAttempt(idle.refresh_token), refusal)
    }
  }
  clock.advance(2 * day + 7000)
  const last = await app.sdk.auth.refresh({ refresh_token: token })
  assert.ok(last.expires_in <= 3600)
  clock.advance(1000)
  await assertRefused(app, refreshAttempt(last.refresh_token ?? ''), { code: 'token_invalid', event: 'token.rejected' })
})

attack('200 a hundred at once with one refresh token get one and the same successor', async (app) => {
  const { refresh_token, user } = await signIn(app)
  const answers = await sendTogether(
    app,
    Array.from({ length: 100 }, () => refreshAttempt(refresh_token)),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(new Set(answers.map(({ json }) => json?.['refresh_token'])).size, 1)
  const record = await app.house.recordOf(async () => undefined)
  assert.deepEqual(record, [])
  assert.equal((await app.sdk.users.sessions.list({ id: user.id })).data.length, 1)
})

attack('120 sessions are listed and ended, one or all, and then nothing of them is good', async (app) => {
  const user = await app.createUser({ password })
  const open = async () => {
    const answer = await app.sdk.auth.login({ email: user.email, password })
    assert.ok(answer.status === 'authenticated')
    return answer
  }
  const all = [await open(), await open(), await open()] as const
  const { data } = await app.sdk.users.sessions.list({ id: user.id })
  assert.deepEqual(data.map(({ id }) => id).toSorted(), all.map(({ session_id }) => session_id).toSorted())
  await app.sdk.sessions.revoke({ id: all[1].session_id, reason: 'lost laptop' })
  assert.deepEqual(await Promise.all(all.map(({ access_token }) => isActive(app, access_token))), [true, false, true])
  await assertRefused(app, refreshAttempt(all[1].refresh_token ?? ''), {
    code: 'token_invalid',
    event: 'token.rejected',
  })
  const stranger = await app.house.newApp({ tenant: 'default' })
  await assertRefused(
    stranger,
    { method: 'DELETE', path: `/v1/sessions/${all[2].session_id}`, body: {} },
    { code: 'not_found' },
  )
  await app.sdk.auth.logout({ token: all[0].access_token })
  assert.deepEqual(await Promise.all(all.map(({ access_token }) => isActive(app, access_token))), [false, false, true])
  await assertRefused(app, refreshAttempt(all[0].refresh_token ?? ''), {
    code: 'token_invalid',
    event: 'token.rejected',
  })
  await app.sdk.users.sessions.revokeAll({ id: user.id })
  assert.deepEqual(await Promise.all(all.map(({ access_token }) => isActive(app, access_token))), [false, false, false])
  assert.deepEqual((await app.sdk.users.sessions.list({ id: user.id })).data, [])
})

attack('121 whoever is disabled or given a new password cannot refresh what was open before', async (app) => {
  for (const change of [
    (id: `usr_${string}`) => app.sdk.users.disable({ id, reason: 'left' }),
    (id: `usr_${string}`) => app.sdk.users.update({ id, password: 'eight other words that nobody has said' }),
  ]) {
    const { user, access_token, refresh_token } = await signIn(app)
    await change(user.id)
    assert.equal(await isActive(app, access_token), false)
    await assertRefused(app, refreshAttempt(refresh_token), { code: 'token_invalid', event: 'token.rejected' })
  }
})
