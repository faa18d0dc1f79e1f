import assert from 'node:assert/strict'
import type { AdministratorRole } from '@gatehouse/contract/administration'
import type { PhoneAccount } from '@gatehouse/testing/virtual-phone'
import { type Answer, type App, type Attempt, asPerson, codeOf, phone, unsigned } from './support.ts'

/** An administrator at their desk: signed in with both factors. */
export interface Admin {
  readonly id: `usr_${string}`
  readonly email: string
  readonly account: PhoneAccount
  readonly token: string
  readonly sessionToken: string
  readonly sessionId: string
  /** As the administrator, in `default-test` and with a reason unless other headers are given. */
  ask(attempt: Attempt): Promise<Answer>
}

export const adminPassword = 'a password that nobody has told me'

interface Wanted {
  readonly role?: AdministratorRole
  readonly tenants?: readonly string[]
}

/** Somebody who has chosen a password by their link and has nothing else yet. */
export async function newcomer(app: App, wanted: Wanted = {}) {
  const made = await app.house.server.createAdministrator(wanted)
  const set = await choosePassword(app, made.link)
  assert.equal(set.status, 200)
  return made
}

/** Opens the link, as a browser without JavaScript does. */
export function choosePassword(app: App, link: string): Promise<Response> {
  const { pathname, hash } = new URL(link)
  const body = new URLSearchParams({ token: hash.slice(1), password: adminPassword })
  return fetch(`${app.house.server.url}${pathname}`, { method: 'POST', body })
}

/** The first step of a sign-in. */
export function enter(app: App, email: string): Promise<Answer> {
  return app.send({
    path: '/v1/administrators/sign-in',
    body: JSON.stringify({ email, password: adminPassword }),
    headers: unsigned,
  })
}

/** Sets up an app on a phone with the token of a first sign-in. */
export async function enrollAdmin(app: App, token: string): Promise<PhoneAccount> {
  const headers = asPerson(token)
  const enrolled = await app.send({ path: '/v1/me/factors', body: '{"type":"totp"}', headers })
  assert.equal(enrolled.status, 201, enrolled.text)
  const { factor, enrollment } = enrolled.json as { factor: { id: string }; enrollment: { uri: string } }
  const account = phone.scan(enrollment.uri)
  const activated = await app.send({
    path: `/v1/me/factors/${factor.id}/activate`,
    body: JSON.stringify({ code: codeOf(app, account, -1) }),
    headers,
  })
  assert.equal(activated.status, 200, activated.text)
  return account
}

/** The second step. */
export async function finish(app: App, entered: Answer, account: PhoneAccount): Promise<Answer> {
  const { challenge } = entered.json as { challenge: { id: string } }
  return app.send({
    path: `/v1/administrators/challenges/${challenge.id}/verify`,
    body: JSON.stringify({ code: phone.nextCode(account, app.house.server.clock.now()) }),
    headers: unsigned,
  })
}

/** A whole administrator, signed in this moment. */
export async function newAdmin(app: App, wanted: Wanted = {}): Promise<Admin> {
  const { id, email } = await newcomer(app, wanted)
  const first = await enter(app, email)
  assert.equal(first.json?.['status'], 'mfa_enrollment_required', first.text)
  const account = await enrollAdmin(app, String(first.json?.['access_token']))
  const signedIn = await finish(app, await enter(app, email), account)
  assert.equal(signedIn.json?.['status'], 'authenticated', signedIn.text)
  const token = String(signedIn.json?.['access_token'])
  return {
    id: id as Admin['id'],
    email,
    account,
    token,
    sessionToken: String(signedIn.json?.['session_token']),
    sessionId: String(signedIn.json?.['session_id']),
    ask: ({ headers, ...attempt }) =>
      app.send({
        ...attempt,
        headers: { ...asPerson(token), 'x-tenant': 'default-test', 'x-reason': 'a%20test', ...headers },
      }),
  }
}
