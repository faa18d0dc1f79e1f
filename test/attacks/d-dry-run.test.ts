import assert from 'node:assert/strict'
import { usualScopes } from '@gatehouse/contract/operation'
import { type App, assertRefused, attack, codeOf, createGuardedUser, openChallenge, password } from './support.ts'

const atHome = { ip: '5.9.1.1', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' }
const abroad = { ...atHome, ip: '133.11.0.1' }

const login = (app: App, email: string, end_user: object) =>
  app.send({ path: '/v1/auth/login', body: { email, password, end_user } })

/** Three who sign in at home and abroad: with a factor, without one, and one who stays at home. */
async function people(app: App) {
  const { user: guarded, phone } = await createGuardedUser(app)
  const [bare, homely] = [await app.createUser({ password }), await app.createUser({ password })]
  for (const [index, end_user] of [atHome, abroad].entries()) {
    app.house.server.clock.advance('1h')
    const challenge = await openChallenge(app, guarded)
    const body = { code: codeOf(app, phone.account, index), end_user }
    assert.equal((await app.send({ path: `/v1/challenges/${challenge}/verify`, body })).status, 200)
    await login(app, bare.email, end_user)
  }
  await login(app, homely.email, atHome)
  return { guarded, bare, homely }
}

attack('a dry run says who would have been asked, refused and locked out, and changes nothing', async (app) => {
  // A tenant of others' sign-ins: only these people are looked at.
  const { guarded, bare, homely } = await people(app)
  const mine = new Set<string>([guarded.id, bare.id, homely.id])
  const simulate = async (change: Parameters<App['sdk']['policy']['simulate']>[0]['change']) => {
    const found = await app.sdk.policy.simulate({ change, last_days: 30 })
    const named = (ids: readonly string[]) => ids.filter((id) => mine.has(id))
    return {
      found,
      changed: found.changed.filter(({ user_id }) => mine.has(user_id)),
      bare: named(found.nothing_enrolled.user_ids),
      lockedOut: named(found.locked_out.user_ids),
    }
  }
  const before = await app.sdk.policy.get()
  const record = await app.house.recordOf(async () => {
    const same = await simulate({})
    assert.deepEqual(same.changed, [], 'the rules as they are change nothing')
    assert.deepEqual(same.found.before, same.found.after)

    const refusing = await simulate({ risk: { reasons: { different_country: 'refuse' } } })
    assert.deepEqual(
      refusing.changed.map(({ user_id, before, after, decision }) => [user_id, before, after, decision]).toSorted(),
      [guarded.id, bare.id].map((id) => [id, 'let_in', 'refused', 'refuse']).toSorted(),
    )
    assert.ok(refusing.changed.every(({ reasons }) => reasons.includes('different_country')))
    assert.deepEqual(refusing.lockedOut, [], 'at home they come in')

    const strict = await simulate({ risk: { without_factor: 'refuse' } })
    assert.deepEqual(
      strict.changed.map(({ user_id, after }) => [user_id, after]),
      [[bare.id, 'refused']],
    )
    assert.deepEqual(strict.bare, [bare.id])

    const demanding = await simulate({ mfa: 'required' })
    assert.deepEqual(new Set(demanding.bare), new Set([bare.id, homely.id]))
    const { enrolment_demanded } = demanding.found.after
    assert.ok(enrolment_demanded.sign_ins >= 3)
    assert.ok(enrolment_demanded.people >= 2)
  })
  assert.deepEqual(record, [])
  assert.deepEqual(await app.sdk.policy.get(), before)
})

attack('who would never have come in is named as locked out', async (app) => {
  const user = await app.createUser({ password })
  await login(app, user.email, atHome)
  app.house.server.clock.advance('91d')
  await login(app, user.email, { ...atHome, ip: '127.0.0.1' })
  const change = { risk: { reasons: { unknown_place: 'refuse' as const } } }
  const { locked_out } = await app.sdk.policy.simulate({ change, last_days: 7 })
  assert.ok(locked_out.user_ids.includes(user.id), 'what came before the seven days is their past')
})

attack('what the dry run finds is what happens when the rules are changed', async (app) => {
  const user = await app.createUser({ password })
  await login(app, user.email, atHome)
  const change = { risk: { reasons: { different_country: 'refuse' as const } } }
  const keeper = await app.house.newApp({ scopes: [...usualScopes, 'policy:write'] })
  await keeper.sdk.policy.update({ ...change, reason: 'test' })
  const answer = await login(app, user.email, abroad)
  await keeper.sdk.policy.update({ risk: { reasons: { different_country: 'require_mfa' } }, reason: 'test' })
  assert.equal(answer.status, 401)
  const { changed } = await app.sdk.policy.simulate({ change, last_days: 1 })
  const own = changed.filter(({ user_id }) => user_id === user.id)
  assert.deepEqual(
    own.map(({ before, after }) => [before, after]),
    [['let_in', 'refused']],
  )
})

attack('a dry run reads the record, so it needs the scope for that', async (app) => {
  const blind = await app.house.newApp({ scopes: ['policy:read'] })
  await assertRefused(
    app,
    { path: '/v1/policy/simulate', body: { change: {} }, by: blind },
    { code: 'insufficient_scope' },
  )
})
