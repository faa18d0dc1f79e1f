import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { scopes } from '@gatehouse/contract/operation'
import { createGatehouse } from '@gatehouse/sdk'
import { type App, assertProblem, attack, codeOf, createGuardedUser, password, unsigned } from './support.ts'

/** A client that verifies tokens itself, somebody who is signed in to it, and the key that a thief of its secret reads. */
async function stealKey(app: App) {
  const { server } = app.house
  const keeper = await app.house.newApp({ scopes })
  const { client, secret } = await keeper.sdk.clients.create({
    slug: `local-${app.slug}`.slice(0, 60),
    allow: ['any'],
    scopes: ['auth', 'tokens'],
    schemes: ['v1', 'v2'],
    local_verification: true,
  })
  const by = { slug: client.slug, secret: secret.value }
  const sdk = createGatehouse({ url: server.url, clientId: by.slug, secret: by.secret, now: server.clock.now })
  const { user, phone } = await createGuardedUser(app)
  server.clock.advance('30s')
  const step = await sdk.auth.login({ email: user.email, password })
  assert.ok(step.status === 'mfa_required')
  const own = await sdk.challenges.verify({ id: step.challenge.id, code: codeOf(app, phone.account) })
  assert.ok(own.status === 'authenticated')
  const { keys } = (await app.send({ path: '/v1/tokens/keys', body: {}, by })).json as { keys: { key: string }[] }
  const key = Buffer.from(keys[0]?.key ?? '', 'base64url')
  return { sdk, phone, own, key }
}

/** The token with other words, signed anew. */
function forge(token: string, key: Buffer, changes: Readonly<Record<string, unknown>>): string {
  return rewrite(token, key, (text) => JSON.stringify({ ...JSON.parse(text), ...changes }))
}

function rewrite(token: string, key: Buffer, change: (payload: string) => string): string {
  const [header = '', payload = ''] = token.split('.')
  const text = change(Buffer.from(payload, 'base64url').toString())
  const signed = `${header}.${Buffer.from(text).toString('base64url')}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

attack(
  '127, 134 who has the key of a client can sign tokens, and none of them is anything to the server',
  async (app) => {
    const { sdk, phone, own, key } = await stealKey(app)
    assert.equal(forge(own.access_token, key, {}), own.access_token)
    for (const changes of [
      { role: 'admin' },
      { email: 'eve@example.test' },
      { jti: 'x' },
      { jti: '' },
      { acr: 'aal2', amr: ['hwk'] },
      { auth_time: 1 },
      { security: { '2fa_verified': true, ip: null } },
    ]) {
      const token = forge(own.access_token, key, changes)
      assert.deepEqual(
        await sdk.tokens.validate({ token }),
        { active: false, reason: 'invalid' },
        JSON.stringify(changes),
      )
      const path = `/v1/me/factors/${phone.factorId}`
      const headers = { authorization: `Bearer ${token}`, ...unsigned }
      assertProblem(await app.send({ path, method: 'DELETE', headers }), 'token_invalid')
    }
    assert.equal((await sdk.tokens.validate({ token: own.access_token })).active, true)
  },
)

attack(
  '127, 187 what is hidden in the text of a token that was signed with a stolen key opens nothing',
  async (app) => {
    const { sdk, phone, own, key } = await stealKey(app)
    const path = `/v1/me/factors/${phone.factorId}`
    const more = (members: string) => (text: string) => `${text.slice(0, -1)},${members}}`
    const other = (name: string, value: unknown) => (text: string) =>
      JSON.stringify({ ...JSON.parse(text), [name]: value })
    // V8 remembers the names of this one (nodejs/node#63785).
    rewrite(own.access_token, key, (text) => JSON.stringify(JSON.parse(more('"r\\\\u006f":"admin"')(text))))
    for (const change of [
      more('"role":"admin"'),
      more('"r\\u006fle":"admin"'),
      more('"__proto__":{"role":"admin"}'),
      more('"\\u005f_proto__":{"role":"admin"}'),
      more('"constructor":{"prototype":{"role":"admin"}}'),
      more(`"sid":"ses_${'0'.repeat(26)}"`),
      ...['\0', '\ud800', '__proto__'].map((value) => other('sid', value)),
      ...[1, null, true, [], {}, ['x.y']].flatMap((value) => [
        other('jti', value),
        other('sid', value),
        other('exp', value),
      ]),
      ...['', 'null', '1', '"a"', '[]', '{}', '{', 'x', '{"client_id":"\ud800"}'].map((text) => () => text),
    ]) {
      const token = rewrite(own.access_token, key, change)
      const { active } = await sdk.tokens.validate({ token })
      assert.equal(active, false, change('{"of":"the token"}'))
      const headers = { authorization: `Bearer ${token}`, ...unsigned }
      assertProblem(await app.send({ path, method: 'DELETE', headers }), 'token_invalid')
    }
    assert.equal((await sdk.tokens.validate({ token: own.access_token })).active, true)
  },
)
