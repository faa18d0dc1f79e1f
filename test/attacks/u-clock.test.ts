import assert from 'node:assert/strict'
import {
  assertInactive,
  assertProblem,
  attacksOn,
  codeOf,
  createGuardedUser,
  openChallenge,
  password,
  verifyAttempt,
} from './support.ts'

const attack = attacksOn({ loginLockFailures: 5, loginHardFailures: 100 })

attack('215 a clock that has jumped opens nothing that was shut, and is on record', async (app) => {
  const { server, recordOf } = app.house
  const { clock } = server
  const seen = clock.now()
  await server.runJobs()
  const locked = await app.createUser({ password })
  for (let i = 0; i < 5; i++) {
    await app.send({ path: '/v1/auth/login', body: { email: locked.email, password: `wrong word ${i}` } })
  }
  const tryLocked = () => app.send({ path: '/v1/auth/login', body: { email: locked.email, password } })
  assertProblem(await tryLocked(), 'too_many_attempts')
  const { user, phone } = await createGuardedUser(app)
  clock.advance('30s')
  const code = codeOf(app, phone.account)
  const signedIn = await app.send(verifyAttempt(await openChallenge(app, user), code))
  const token = String(signedIn.json?.['access_token'])
  const before = clock.now()
  await app.sdk.tokens.revoke({ token })

  clock.set(new Date(seen.getTime() - 86_400_000))
  const back = await recordOf(() => server.runJobs())
  assert.deepEqual(jumpsOf(back), [{ from: seen.toISOString(), seconds: -86_400 }])
  assertProblem(await tryLocked(), 'too_many_attempts')
  await assertInactive(app, token, 'revoked')
  assertProblem(await app.send(verifyAttempt(await openChallenge(app, user), code)), 'mfa_code_invalid')
  const ofThen = codeOf(app, phone.account)
  assertProblem(await app.send(verifyAttempt(await openChallenge(app, user), ofThen)), 'totp_code_reused')

  clock.set(before)
  const ahead = await recordOf(async () => {
    await server.runJobs()
    clock.advance('365d')
    await server.runJobs()
    await server.runJobs()
  })
  assert.deepEqual(
    jumpsOf(ahead).map(({ seconds }) => seconds),
    [365 * 86_400],
  )
})

type Events = Awaited<ReturnType<Parameters<Parameters<typeof attack>[1]>[0]['house']['recordOf']>>

function jumpsOf(record: Events) {
  return record.filter(({ type }) => type === 'clock.jumped').map(({ data }) => data)
}
