import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { isGatehouseError } from '@gatehouse/sdk'
import { startTestServer, type TestServerOptions } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { testBrowser } from './test-browser.ts'

const password = 'a few unrelated words'
const email = 'ada@example.org'
const redirectUri = 'https://portal.example.test/auth/callback?from=gatehouse'

/** A server with an application that uses the hosted sign-in, and somebody with an authenticator app. */
async function start(t: TestContext, options: TestServerOptions = {}) {
  const server = await startTestServer(options)
  t.after(() => server.stop())
  const phone = virtualPhone()
  const { slug, secret } = await server.createClient({
    slug: 'portal',
    redirectUris: [redirectUri],
    schemes: ['v2', 'oauth'],
  })
  const { createGatehouse } = await import('@gatehouse/sdk')
  const gatehouse = createGatehouse({
    url: server.url,
    clientId: slug,
    secret,
    now: server.clock.now,
    retries: { max: 0 },
  })
  const user = await gatehouse.users.create({ email, password })
  const verifier = randomBytes(32).toString('base64url')
  const asked = {
    response_type: 'code',
    client_id: slug,
    redirect_uri: redirectUri,
    state: 'a b&c',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const addressFor = (more: Record<string, string | undefined> = {}) => {
    const all = Object.entries({ ...asked, ...more }).flatMap(([name, value]) => (value ? [[name, value]] : []))
    return `${server.url}/oauth/authorize?${new URLSearchParams(all as [string, string][])}`
  }
  const browse = (language?: string) =>
    testBrowser({ ...(language && { language }), stopsAt: ({ host }) => host === 'portal.example.test' })
  const enroll = async () => {
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
    const account = phone.scan(enrollment.uri)
    const { recovery_codes = [] } = await gatehouse.factors.activate({
      id: factor.id,
      code: phone.code(account, server.clock.now()),
    })
    return { account, recovery_codes }
  }
  const nextCode = (account: ReturnType<typeof phone.scan>) => {
    server.clock.advance('30s')
    return phone.code(account, server.clock.now())
  }
  const redeem = (url: URL, more: Record<string, string> = {}) =>
    gatehouse.auth.code({
      code: url.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...more,
    })
  return { server, gatehouse, user, phone, browse, addressFor, enroll, nextCode, redeem, verifier, slug, secret }
}

test('somebody signs in on the hosted pages by password and app, without scripts, and comes back with a code', async (t) => {
  const { server, gatehouse, user, browse, addressFor, enroll, nextCode, redeem } = await start(t)
  const { account } = await enroll()
  const browser = browse()
  await browser.open(addressFor())
  assert.equal(browser.shown.title, 'Sign in · portal')
  await browser.submit('email', { email })
  assert.equal(browser.shown.title, 'Enter your password · portal')
  await browser.submit('password', { password: 'not the password' })
  assert.equal(browser.shown.status, 401)
  assert.match(browser.shown.text, /role="alert".*The e-mail address or the password is not right/s)
  assert.equal(browser.shown.title, 'Error: Enter your password · portal')
  await browser.submit('password', { password })
  assert.equal(browser.shown.title, 'Enter your code · portal')
  await browser.submit('code', { code: '000 000' })
  assert.equal(browser.shown.title, 'Error: Enter your code · portal')
  const code = nextCode(account)
  await browser.submit('code', { code: `${code.slice(0, 3)} ${code.slice(3)}` })
  const { url } = browser.shown
  assert.equal(`${url.origin}${url.pathname}`, 'https://portal.example.test/auth/callback')
  const { code: brought, ...rest } = Object.fromEntries(url.searchParams)
  assert.deepEqual(rest, { from: 'gatehouse', state: 'a b&c', iss: 'http://gatehouse.test' })
  assert.match(brought ?? '', /^oac_/)

  const tokens = await redeem(url)
  assert.deepEqual([tokens.user.id, tokens.user.email], [user.id, email])
  const { claims, mfa } = await gatehouse.tokens.validate({
    token: tokens.access_token,
    session_token: tokens.session_token ?? '',
  })
  assert.deepEqual([claims?.acr, claims?.amr, mfa?.verified], ['aal2', ['pwd', 'otp', 'mfa'], true])
  assert.deepEqual(server.failures, [])
})

test('any OAuth library gets tokens at the token endpoint, and finds out by itself where', async (t) => {
  const { server, browse, addressFor, verifier, slug, secret } = await start(t)
  const metadata = await (await fetch(`${server.url}/.well-known/oauth-authorization-server`)).json()
  const known = metadata as Record<string, unknown>
  assert.deepEqual(
    [known['authorization_endpoint'], known['code_challenge_methods_supported'], known['response_types_supported']],
    ['http://gatehouse.test/oauth/authorize', ['S256'], ['code']],
  )
  const browser = browse()
  await browser.open(addressFor())
  await browser.submit('email', { email })
  await browser.submit('password', { password })
  const code = browser.shown.url.searchParams.get('code') ?? ''
  const ask = async (form: Record<string, string>) => {
    const answer = await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${slug}:${secret}`).toString('base64')}` },
      body: new URLSearchParams(form),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const asked = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  const wrong = await ask({ ...asked, code_verifier: 'x'.repeat(43) })
  assert.deepEqual([wrong.status, wrong.body['error']], [400, 'invalid_grant'])
  const given = await ask(asked)
  assert.deepEqual([given.status, given.body['token_type']], [200, 'Bearer'])
  const { refresh_token = '' } = given.body
  const next = await ask({ grant_type: 'refresh_token', refresh_token })
  assert.equal(next.status, 200)
  assert.notEqual(next.body['refresh_token'], refresh_token)
})

test('a code is good once, for its client, address and verifier; the second time ends the session', async (t) => {
  const { server, gatehouse, browse, addressFor, redeem } = await start(t)
  const browser = browse()
  await browser.open(addressFor())
  await browser.submit('email', { email })
  await browser.submit('password', { password })
  const { url } = browser.shown
  const isInvalid = (error: unknown) => isGatehouseError(error, 'authorization_code_invalid')
  await assert.rejects(redeem(url, { redirect_uri: 'https://portal.example.test/other' }), isInvalid)
  await assert.rejects(redeem(url, { code_verifier: 'y'.repeat(43) }), isInvalid)
  const other = await server.client({ redirectUris: [redirectUri] })
  const code = url.searchParams.get('code') ?? ''
  await assert.rejects(other.auth.code({ code, redirect_uri: redirectUri, code_verifier: 'z'.repeat(43) }), isInvalid)
  const { access_token: token } = await redeem(url)
  assert.equal((await gatehouse.tokens.validate({ token })).active, true)
  await assert.rejects(redeem(url), isInvalid)
  assert.deepEqual(await gatehouse.tokens.validate({ token }), { active: false, reason: 'revoked' })

  await browser.open(addressFor())
  await browser.submit('email', { email })
  await browser.submit('password', { password })
  server.clock.advance('61s')
  await assert.rejects(redeem(browser.shown.url), isInvalid)
})

test('who is not known goes nowhere, and what is wrong goes back to the application', async (t) => {
  const { browse, addressFor } = await start(t)
  const browser = browse()
  for (const wrong of [
    { client_id: 'nobody' },
    { redirect_uri: undefined },
    { redirect_uri: `${redirectUri}&x=1` },
    { redirect_uri: 'https://portal.example.test/auth/callback' },
    { redirect_uri: 'https://evil.test/auth/callback?from=gatehouse' },
  ]) {
    const shown = await browser.open(addressFor(wrong))
    assert.deepEqual([shown.status, shown.title], [400, 'Something did not work'], JSON.stringify(wrong))
    assert.equal(shown.url.pathname, '/oauth/authorize')
  }
  const back: readonly (readonly [Record<string, string | undefined>, string])[] = [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ max_age: 'soon' }, 'invalid_request'],
    [{ acr_values: 'gold' }, 'unmet_authentication_requirements'],
  ]
  for (const [wrong, error] of back) {
    const { url } = await browser.open(addressFor(wrong))
    assert.equal(url.host, 'portal.example.test')
    const { state, iss } = Object.fromEntries(url.searchParams)
    assert.deepEqual([url.searchParams.get('error'), state, iss], [error, 'a b&c', 'http://gatehouse.test'])
  }
  await browser.open(addressFor())
  await browser.submit('cancel')
  assert.equal(browser.shown.url.searchParams.get('error'), 'access_denied')
})
