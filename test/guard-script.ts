import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createGatehouse } from '@gatehouse/sdk'
import type { Auth, GuardOptions } from '@gatehouse/sdk/express'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'

export const password = 'a few unrelated words'

/** A server with somebody who has signed in, and the options of their application. */
export async function startHouse(t: TestContext) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ localVerification: true })
  const options = { url: server.url, clientId: slug, secret, now: server.clock.now } satisfies GuardOptions
  const gatehouse = createGatehouse(options)
  const phone = virtualPhone()
  const { id, email } = await gatehouse.users.create({ email: 'ada@example.org', password })
  const login = await gatehouse.auth.login({ email, password })
  assert.ok(login.status === 'authenticated')
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'totp' })
  const account = phone.scan(enrollment.uri)
  const nextCode = () => {
    server.clock.advance('30s')
    return phone.nextCode(account, server.clock.now())
  }
  const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factor.id, code: nextCode() })
  return { server, options, gatehouse, token: login.access_token, id, email, nextCode, recovery_codes }
}

export type Headers = Readonly<Record<string, string>>
/**
 * Sends a request to an application: GET /me needs a token, POST /payouts a second factor of the last ten minutes, POST
 * /transfers an approval of its amount and payee.
 */
export type Send = (path: '/me' | '/payouts' | '/transfers', headers?: Headers, body?: Transfer) => Promise<Response>

export interface Transfer {
  readonly amount: string
  readonly to: string
}

/** What is approved; said by the application, from what it is about to do. */
export const transferOf = ({ amount, to }: Transfer) => ({ type: 'transfer', amount, to })
export const maxAge = '10m'

export function requestFor(path: string, headers: Headers = {}, body?: Transfer): RequestInit {
  const json = body && { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
  return { method: path === '/me' ? 'GET' : 'POST', headers, redirect: 'manual', ...json }
}

export function fetchFrom(url: string): Send {
  return (path, headers, body) => fetch(`${url}${path}`, requestFor(path, headers, body))
}

export type Open = (t: TestContext, options: GuardOptions) => Promise<Send>

export async function codeOf(response: Response): Promise<unknown> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const { code } = (await response.json()) as { readonly code: string }
  return code
}

/** A route is open to who is signed in, and a sensitive one to who has just proven a second factor. */
export async function showFactors(t: TestContext, open: Open): Promise<void> {
  const { server, options, gatehouse, token, id, nextCode } = await startHouse(t)
  const send = await open(t, options)
  const bearer = { authorization: `Bearer ${token}` }

  const nobody = await send('/me')
  assert.deepEqual([nobody.status, await codeOf(nobody)], [401, 'authentication_required'])
  assert.equal(nobody.headers.get('www-authenticate'), 'Bearer')
  for (const wrong of [
    `Bearer ${token}x`,
    `Bearer ${token} x`,
    'Bearer',
    `Basic ${token}`,
    `Bearer ${'x'.repeat(5000)}`,
  ]) {
    const refused = await send('/me', { authorization: wrong })
    assert.deepEqual([refused.status, await codeOf(refused)], [401, 'token_invalid'], wrong)
  }
  const me = await send('/me', bearer)
  const { userId, claims } = (await me.json()) as Auth
  assert.deepEqual([me.status, userId, claims.email], [200, id, 'ada@example.org'])

  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age=600'
  const asked = await send('/payouts', bearer)
  assert.deepEqual([asked.status, await codeOf(asked)], [401, 'mfa_required'])
  assert.equal(asked.headers.get('www-authenticate'), challenge)
  const wrong = await send('/payouts', { ...bearer, 'x-mfa-token': '000000' })
  assert.deepEqual([wrong.status, await codeOf(wrong)], [401, 'mfa_code_invalid'])

  const code = nextCode()
  const proven = await send('/payouts', { ...bearer, 'x-mfa-token': code })
  assert.deepEqual([proven.status, await proven.json()], [200, { ok: true }])
  const sessionToken = proven.headers.get('x-session-token') ?? assert.fail('no session token')
  const again = await send('/payouts', { ...bearer, 'x-mfa-token': code })
  assert.deepEqual([again.status, await codeOf(again)], [401, 'totp_code_reused'])
  const byToken = { ...bearer, 'x-session-token': sessionToken }
  assert.equal((await send('/payouts', byToken)).status, 200)
  server.clock.advance('11m')
  const stale = await send('/payouts', byToken)
  assert.deepEqual([stale.status, await codeOf(stale)], [401, 'mfa_stale'])
  assert.equal(stale.headers.get('www-authenticate'), challenge)
  assert.equal((await send('/me', byToken)).status, 200)

  await gatehouse.auth.logout({ token })
  assert.equal((await send('/me', bearer)).status, 401)
}

/** A route is open once to who has approved its amount and payee. */
export async function showApprovals(t: TestContext, open: Open): Promise<void> {
  const { options, gatehouse, token, nextCode } = await startHouse(t)
  const send = await open(t, options)
  const bearer = { authorization: `Bearer ${token}` }
  const transfer = { amount: '120.00', to: 'Grace' }
  const nobody = await send('/transfers', {}, transfer)
  assert.deepEqual([nobody.status, await codeOf(nobody)], [401, 'authentication_required'])

  /** Asks without a grant, and answers what is asked then. */
  const approve = async () => {
    const asked = await send('/transfers', bearer, transfer)
    assert.equal(asked.status, 401)
    assert.match(String(asked.headers.get('www-authenticate')), /^Bearer error="insufficient_user_authentication"/)
    const { code, challenge_id: id } = (await asked.json()) as { code: string; challenge_id: `chl_${string}` }
    assert.equal(code, 'mfa_required')
    assert.deepEqual((await gatehouse.challenges.get({ id })).action, { type: 'transfer', ...transfer })
    const { grant } = await gatehouse.challenges.verify<'step_up'>({ id, code: nextCode() })
    return { ...bearer, 'x-approval-grant': grant ?? assert.fail('no grant') }
  }
  const approved = await approve()
  for (const other of [
    { amount: '1200.00', to: 'Grace' },
    { amount: '120.00', to: 'Mallory' },
  ]) {
    const refused = await send('/transfers', approved, other)
    assert.deepEqual([refused.status, await codeOf(refused)], [401, 'grant_invalid'])
  }
  const done = await send('/transfers', approved, transfer)
  assert.deepEqual([done.status, await done.json()], [200, { type: 'transfer', ...transfer }])
  const again = await send('/transfers', approved, transfer)
  assert.deepEqual([again.status, await codeOf(again)], [401, 'grant_invalid'])

  const once = await approve()
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('/transfers', once, transfer)))
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, ...Array(7).fill(401)])
}
