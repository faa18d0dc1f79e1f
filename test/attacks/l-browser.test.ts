import assert from 'node:assert/strict'
import { type TestBrowser, testBrowser } from '../test-browser.ts'
import { openSignIn, stopsAt } from './hosted.ts'
import {
  type App,
  attack,
  codeOf,
  type Enrolled,
  enrollPhone,
  lastCode,
  type Person,
  password,
  phone as phones,
} from './support.ts'

async function signIn(app: App, browser: TestBrowser, address: string, { email }: Person, phone?: Enrolled) {
  await browser.open(address)
  await browser.submit('email', { email })
  await browser.submit('password', { password })
  if (!phone) return
  app.house.server.clock.advance('30s')
  await browser.submit('code', { code: codeOf(app, phone.account) })
}

/** Every value of a cookie that the browser holds for the server. */
function kept(app: App, browser: TestBrowser): readonly string[] {
  return [...(browser.cookies.get(new URL(app.house.server.url).host)?.values() ?? [])]
}

attack(
  '118 each step of a sign-in has an identifier of its own, and one that was brought is not taken',
  async (app) => {
    const { portal, addressFor, redeem, isAlive } = await openSignIn(app)
    const ada = await portal.createUser({ password })
    const phone = await enrollPhone(portal, ada)
    const browser = testBrowser({ stopsAt })
    const seen: string[] = []
    const note = () => {
      const now = kept(app, browser)
      for (const value of now) assert.ok(!seen.includes(value), 'a cookie lives on')
      seen.push(...now)
    }
    await browser.open(addressFor())
    note()
    await browser.submit('email', { email: ada.email })
    note()
    await browser.submit('password', { password })
    note()
    app.house.server.clock.advance('30s')
    await browser.submit('code', { code: codeOf(app, phone.account) })
    const first = await redeem(browser)
    const sessionCookie = kept(app, browser).find((value) => !value.startsWith('dvt_')) ?? assert.fail()
    assert.ok(!seen.includes(sessionCookie))

    // A step-up is a session of its own, and the one before it is over.
    await browser.open(addressFor({ acr_values: 'aal2', max_age: '0' }))
    app.house.server.clock.advance('30s')
    await browser.submit('code', { code: codeOf(app, phone.account) })
    const second = await redeem(browser)
    assert.notEqual(second.session_id, first.session_id)
    assert.deepEqual([await isAlive(first.access_token), await isAlive(second.access_token)], [false, true])
    assert.ok(!kept(app, browser).includes(sessionCookie))

    // The cookie of the ended session is nobody's: who brings it begins at the beginning.
    const { host } = new URL(app.house.server.url)
    const late = testBrowser({ stopsAt })
    const name = [...(browser.cookies.get(host)?.keys() ?? [])].find((each) => each.includes('session-')) ?? ''
    late.cookies.set(host, new Map([[name, sessionCookie]]))
    await late.open(addressFor({ acr_values: 'aal2' }))
    assert.match(late.shown.title, /^Sign in/)

    // Nor does the flow of one browser work in another, or for another sign-in.
    await late.open(addressFor())
    const flow = [...(late.cookies.get(host) ?? [])].find(([each]) => each.includes('flow-')) ?? assert.fail()
    const other = testBrowser({ stopsAt })
    await other.open(addressFor())
    const own = [...(other.cookies.get(host)?.keys() ?? [])].find((each) => each.includes('flow-')) ?? ''
    other.cookies.get(host)?.set(own, flow[1])
    await other.submit('email', { email: ada.email })
    assert.match(other.shown.title, /This page is over/)
  },
)

attack('119 who signs in as somebody else in the same browser ends the session before', async (app) => {
  const { portal, addressFor, redeem, isAlive } = await openSignIn(app)
  const ada = await portal.createUser({ password })
  const bob = await portal.createUser({ password })
  const browser = testBrowser({ stopsAt })
  await signIn(app, browser, addressFor(), ada)
  const first = await redeem(browser)
  await signIn(app, browser, addressFor(), bob)
  const second = await redeem(browser)
  assert.deepEqual([first.user.id, second.user.id], [ada.id, bob.id])
  assert.deepEqual([await isAlive(first.access_token), await isAlive(second.access_token)], [false, true])
  const bobsPhone = await enrollPhone(portal, bob)
  const adasPhone = await enrollPhone(portal, ada)
  await browser.open(addressFor({ acr_values: 'aal2' }))
  app.house.server.clock.advance('30s')
  await browser.submit('code', { code: codeOf(app, adasPhone.account) })
  assert.equal(browser.shown.status, 401, 'the code of the one before')
  app.house.server.clock.advance('30s')
  await browser.submit('code', { code: codeOf(app, bobsPhone.account) })
  assert.equal((await redeem(browser)).user.id, bob.id)
})

attack('a page of somebody else moves nothing, is not framed, and forms lead to the application only', async (app) => {
  const { portal, addressFor } = await openSignIn(app)
  const ada = await portal.createUser({ password })
  const browser = testBrowser({ stopsAt })
  const { url, headers } = await browser.open(addressFor())
  const policy = headers.get('content-security-policy') ?? ''
  for (const part of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self' https://portal.example.test",
  ]) {
    assert.ok(policy.split('; ').includes(part), policy)
  }
  assert.ok(!policy.includes('unsafe'))
  assert.deepEqual([headers.get('cache-control'), headers.get('referrer-policy')], ['no-store', 'no-referrer'])
  const cookie = [...(browser.cookies.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  const post = async (fields: Record<string, string>, more: Record<string, string>) => {
    const body = new URLSearchParams({ do: 'email', email: ada.email, ...fields })
    const answer = await fetch(url, { method: 'POST', redirect: 'manual', headers: { cookie, ...more }, body })
    return [answer.status, answer.headers.get('location'), answer.headers.getSetCookie()]
  }
  const [, mark = ''] = /name="mark" value="([^"]+)"/.exec(browser.shown.text) ?? []
  const unmoved = [303, url.pathname, []]
  assert.deepEqual(await post({ mark }, { 'sec-fetch-site': 'cross-site' }), unmoved)
  assert.deepEqual(await post({ mark }, { 'sec-fetch-site': 'same-site' }), unmoved)
  assert.deepEqual(await post({}, { 'sec-fetch-site': 'same-origin' }), unmoved)
  assert.deepEqual(await post({ mark: 'x'.repeat(22) }, { 'sec-fetch-site': 'same-origin' }), unmoved)
  const [status, , set] = await post({ mark }, { 'sec-fetch-site': 'same-origin' })
  assert.deepEqual([status, (set as string[]).length], [303, 1])
  for (const each of set as string[]) assert.match(each, /; Path=\/; HttpOnly; SameSite=Lax$/)
})

attack(
  'on the pages, too, a name that is locked is one answer, and whoever tries is counted by their own address',
  async (app) => {
    const { portal, addressFor } = await openSignIn(app)
    const ada = await portal.createUser({ password })
    const record = await app.house.recordOf(async () => {
      for (const email of [ada.email, 'nobody@example.test']) {
        const browser = testBrowser({ stopsAt })
        await browser.open(addressFor())
        await browser.submit('email', { email })
        await browser.submit('password', { password: 'not the password' })
        assert.equal(browser.shown.status, 401)
        assert.match(browser.shown.text, /The e-mail address or the password is not right/)
      }
    })
    assert.deepEqual(
      record.map(({ type, ip_address, user_agent, client_system }) => [type, ip_address, user_agent, client_system]),
      Array(2).fill(['login.failed', '127.0.0.1', 'test browser', portal.slug]),
    )
  },
)

attack(
  '052 who has forgotten a password is told the same on the page, known or not, and a mail goes to one of them',
  async (app) => {
    const { portal, addressFor } = await openSignIn(app)
    const ada = await portal.createUser({ password })
    const said: string[] = []
    for (const email of [ada.email, 'nobody@example.test']) {
      const browser = testBrowser({ stopsAt })
      await browser.open(addressFor())
      await browser.submit('email', { email })
      await browser.submit('forgot')
      await browser.submit('mail')
      assert.match(browser.shown.title, /^Look into your mail/)
      said.push(browser.shown.text.replaceAll(email, '').replace(/flw_\w+|name="mark" value="[^"]*"/g, ''))
    }
    assert.equal(said[0], said[1])
    await app.house.server.runJobs()
    const mails = (await app.house.server.outbox.all()).filter(({ kind }) => kind === 'password_reset')
    assert.deepEqual(
      mails.map(({ to }) => to).filter((to) => [ada.email, 'nobody@example.test'].includes(to)),
      [ada.email],
    )
  },
)

attack('a code by mail is sent on the way, again when asked, and lets in', async (app) => {
  const { portal, addressFor, redeem } = await openSignIn(app)
  const ada = await portal.createUser({ password })
  const { factor } = await portal.sdk.users.factors.enroll({ id: ada.id, type: 'email' })
  await portal.sdk.factors.activate({ id: factor.id, code: await lastCode(app, ada.email) })
  app.house.server.clock.advance('1m')
  const browser = testBrowser({ stopsAt })
  await browser.open(addressFor())
  await browser.submit('email', { email: ada.email })
  await browser.submit('password', { password })
  assert.match(browser.shown.text, /We have sent a mail to/)
  const first = await lastCode(app, ada.email)
  app.house.server.clock.advance('1m')
  await browser.submit('send')
  await browser.submit('code', { code: first })
  assert.match(browser.shown.text, /Use the newest one/)
  await browser.submit('code', { code: await lastCode(app, ada.email) })
  assert.equal((await redeem(browser)).user.id, ada.id)
})

attack('a recovery code opens the way to a new factor, and no other way leads on from there', async (app) => {
  const { portal, addressFor, redeem, isAlive } = await openSignIn(app)
  const ada = await portal.createUser({ password })
  const { recoveryCodes } = await enrollPhone(portal, ada)
  app.house.server.clock.advance('1m')
  const browser = testBrowser({ stopsAt })
  await browser.open(addressFor())
  await browser.submit('email', { email: ada.email })
  await browser.submit('password', { password })
  await browser.submit('ways')
  const { data: factors } = await portal.sdk.users.factors.list({ id: ada.id })
  const codes = factors.find(({ type }) => type === 'recovery_codes') ?? assert.fail()
  await browser.submit('choose', { factor: codes.id })
  await browser.submit('code', { code: (recoveryCodes[0] ?? '').toUpperCase().replaceAll('-', ' ') })
  assert.match(browser.shown.title, /^Secure your account/)
  assert.ok(!browser.visited.some((address) => address.includes('oac_')), 'no code is given')
  await browser.submit('set_up', { type: 'totp' })
  const [, uri = ''] = /<a href="(otpauth:[^"]+)"/.exec(browser.shown.text) ?? []
  const account = phones.scan(uri.replaceAll('&#38;', '&'))
  await browser.submit('confirm', { code: codeOf(app, account) })
  assert.match(browser.shown.title, /^Save your recovery codes/)
  await browser.submit('saved')
  assert.match(browser.shown.title, /^Error: Save your recovery codes/)
  const [typed = '', next = ''] = [...browser.shown.text.matchAll(/<li>([^<]+)<\/li>/g)].map(([, code]) => code)
  await browser.submit('saved', { typed })
  const tokens = await redeem(browser)
  assert.ok(await isAlive(tokens.access_token))
  const old = await portal.sdk.auth.login({ email: ada.email, password })
  assert.ok(old.status === 'mfa_required')
  await assert.rejects(portal.sdk.challenges.verify({ id: old.challenge.id, code: recoveryCodes[1] ?? '' }))
  const again = await portal.sdk.auth.login({ email: ada.email, password })
  assert.ok(again.status === 'mfa_required')
  const verified = await portal.sdk.challenges.verify({ id: again.challenge.id, code: next })
  assert.ok(verified.recovery)
})
