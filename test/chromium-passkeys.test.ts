import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Gatehouse } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { type CDPSession, chromium, type Page } from 'playwright-core'
import { judge } from './judge.ts'

const password = 'seven unrelated words in a row'
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const browserPackage = dirname(fileURLToPath(import.meta.resolve('@simplewebauthn/browser')))
const library = readFileSync(join(browserPackage, '..', 'dist', 'bundle', 'index.umd.min.js'), 'utf8')

const docs = readFileSync(new URL('../docs/passkeys.md', import.meta.url), 'utf8')
/** The page's part, as the documentation has it. */
const sample = /^```js\n(.*?)^```$/ms.exec(docs)?.[1] ?? ''

/** The page of an application. What happened stands in its output. */
const page = `<!doctype html>
<html lang="en">
<title>Portal</title>
<script type="importmap">{ "imports": { "@simplewebauthn/browser": "/module.js" } }</script>
<h1>Portal</h1>
<p><label>E-mail <input id="email" autocomplete="username webauthn"></label>
<p><button id="add">Add a passkey</button> <button id="second">Password and passkey</button>
<button id="alone">Sign in with a passkey</button>
<p><output id="result"></output>
<script src="/library.js"></script>
<script src="/page.js"></script>
</html>`

const script = `
const { startRegistration, startAuthentication } = SimpleWebAuthnBrowser
const call = async (path, body = {}) => {
  const answer = await fetch(path, { method: 'POST', body: JSON.stringify(body) })
  return answer.json()
}
const show = (value) => { document.querySelector('#result').textContent = JSON.stringify(value) }
const on = (id, act) => document.querySelector(id).addEventListener('click', () => {
  document.querySelector('#result').textContent = ''
  act().then(show, (error) => show({ failed: error.name, why: error.message }))
})
on('#add', async () => {
  const { id, options } = await call('/add')
  return call('/added', { id, response: await startRegistration({ optionsJSON: options }) })
})
on('#second', async () => {
  const { id, options } = await call('/login')
  return call('/second', { id, response: await startAuthentication({ optionsJSON: options }) })
})
on('#alone', async () => {
  const { options } = await call('/start')
  return call('/alone', { response: await startAuthentication({ optionsJSON: options }) })
})
window.offerInField = async () => {
  const { options } = await call('/start')
  show(await call('/alone', { response: await startAuthentication({ optionsJSON: options, useBrowserAutofill: true }) }))
}
`

const stillPages: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/': ['text/html', page],
  '/page.js': ['text/javascript', script],
  '/library.js': ['text/javascript', library],
  '/module.js': ['text/javascript', 'export const { startAuthentication, startRegistration } = SimpleWebAuthnBrowser'],
  '/sample.js': ['text/javascript', sample],
}

type Body = { readonly id: never; readonly response: Record<string, unknown> }

/** What an application does between its page and Gatehouse, for one user. */
function routesOf(gatehouse: Gatehouse, user: { readonly id: `usr_${string}`; readonly email: string }) {
  let begun: `fac_${string}` | undefined
  return {
    // Those of the sample.
    '/passkeys/options': async () => {
      const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'webauthn' })
      begun = factor.id
      return enrollment.options
    },
    '/passkeys': ({ response }: Body) => gatehouse.factors.activate({ id: begun ?? assert.fail(), response }),
    '/sign-in/options': async () => (await gatehouse.auth.passkey.options({})).options,
    '/sign-in': ({ response }: Body) => gatehouse.auth.passkey.verify({ response }),
    '/add': async () => {
      const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'webauthn' })
      return { id: factor.id, options: enrollment.options }
    },
    '/added': ({ id, response }: Body) => gatehouse.factors.activate({ id, response }),
    '/login': async () => {
      const answer = await gatehouse.auth.login({ email: user.email, password })
      assert.ok(answer.status === 'mfa_required')
      const { id, factors } = answer.challenge
      const factor = factors.find(({ type }) => type === 'webauthn')
      assert.ok(factor)
      const { options } = await gatehouse.challenges.send({ id, factor_id: factor.id })
      return { id, options }
    },
    '/second': ({ id, response }: Body) => gatehouse.challenges.verify({ id, response }),
    '/start': () => gatehouse.auth.passkey.options({}),
    '/alone': ({ response }: Body) => gatehouse.auth.passkey.verify({ response }),
  } as Readonly<Record<string, (body: Body) => Promise<unknown>>>
}

/** An application on this machine, its Gatehouse, and a browser that looks at it. Undefined without Chromium. */
async function openPortal(t: TestContext) {
  const found = judge('chromium', 'chromium')
  if (found.missing) {
    t.diagnostic(`not checked: passkeys in a real browser (${found.missing})`)
    return undefined
  }
  let routes: ReturnType<typeof routesOf> = {}
  const answer = async (request: IncomingMessage) => {
    const sent = await textOf(request)
    const act = routes[request.url ?? '']
    const said = act?.(JSON.parse(sent || '{}')).catch((error: { code: string }) => ({ refused: error.code }))
    return JSON.stringify((await said) ?? null)
  }
  const app = createServer((request, response) => {
    const [type, text] = stillPages[request.url ?? ''] ?? []
    if (type) response.setHeader('content-type', type).end(text)
    else void answer(request).then((said) => response.end(said))
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  t.after(() => app.close())
  const origin = `http://localhost:${(app.address() as AddressInfo).port}`
  const server = await startTestServer({
    settings: { GATEHOUSE_WEBAUTHN_RP_ID: 'localhost', GATEHOUSE_WEBAUTHN_ORIGINS: origin },
  })
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const user = await gatehouse.users.create({ email: 'ada@example.test', password })
  routes = routesOf(gatehouse, user)

  const browser = await chromium.launch({ executablePath: found.path, args: flags })
  t.after(() => browser.close())
  const tab = await browser.newPage()
  await tab.goto(origin)
  const devtools = await tab.context().newCDPSession(tab)
  await devtools.send('WebAuthn.enable')
  return { tab, devtools, gatehouse, user }
}

interface Authenticator {
  readonly transport: 'internal' | 'usb'
  readonly verifiesUser: boolean
}

async function plugIn(devtools: CDPSession, { transport, verifiesUser }: Authenticator): Promise<string> {
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport,
      hasResidentKey: transport === 'internal',
      hasUserVerification: verifiesUser,
      isUserVerified: verifiesUser,
      automaticPresenceSimulation: true,
    },
  })
  return authenticatorId
}

/** Presses a button and reads what came of it. */
async function press(tab: Page, button: string): Promise<Record<string, unknown>> {
  await tab.click(button)
  return readResult(tab)
}

async function readResult(tab: Page): Promise<Record<string, unknown>> {
  const text = await tab.waitForFunction('document.querySelector("#result").textContent')
  return JSON.parse(String(await text.jsonValue()))
}

test('in Chromium a passkey is made, is a second factor, and signs in alone', async (t) => {
  const portal = await openPortal(t)
  if (!portal) return
  const { tab, devtools, gatehouse, user } = portal
  const authenticatorId = await plugIn(devtools, { transport: 'internal', verifiesUser: true })

  const added = await press(tab, '#add')
  assert.deepEqual(
    added['factor'] && (added['factor'] as Record<string, unknown>)['state'],
    'active',
    JSON.stringify(added),
  )
  assert.equal((added['recovery_codes'] as string[]).length, 10)
  // The device has one already, and says so.
  assert.equal((await press(tab, '#add'))['failed'], 'InvalidStateError')

  const second = await press(tab, '#second')
  assert.equal(second['status'], 'authenticated', JSON.stringify(second))
  const alone = await press(tab, '#alone')
  assert.equal(alone['status'], 'authenticated', JSON.stringify(alone))
  const { claims } = await gatehouse.tokens.validate({ token: String(alone['access_token']) })
  assert.deepEqual([claims?.sub, claims?.amr, claims?.acr], [user.id, ['hwk', 'user', 'mfa'], 'aal3'])

  // Offered in the field, without a button.
  const offered = await tab.evaluate('document.querySelector("#result").textContent = "", void window.offerInField()')
  assert.equal(offered, undefined)
  assert.equal((await readResult(tab))['status'], 'authenticated')

  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  assert.equal((await press(tab, '#alone'))['failed'], 'NotAllowedError')
})

test('in Chromium a security key without a PIN is a second factor, and nothing alone', async (t) => {
  const portal = await openPortal(t)
  if (!portal) return
  const { tab, devtools, gatehouse, user } = portal
  await plugIn(devtools, { transport: 'usb', verifiesUser: false })
  assert.ok('recovery_codes' in (await press(tab, '#add')))
  const second = await press(tab, '#second')
  assert.equal(second['status'], 'authenticated', JSON.stringify(second))
  const { claims } = await gatehouse.tokens.validate({ token: String(second['access_token']) })
  assert.deepEqual(claims?.amr, ['pwd', 'hwk', 'mfa'])
  assert.ok('failed' in (await press(tab, '#alone')))
  const { data } = await gatehouse.users.factors.list({ id: user.id })
  assert.deepEqual(data.map(({ type }) => type).toSorted(), ['recovery_codes', 'webauthn'])
})

test('in Chromium the sample of the documentation adds a passkey and signs in with it', async (t) => {
  const portal = await openPortal(t)
  if (!portal) return
  const { tab, devtools, user } = portal
  await plugIn(devtools, { transport: 'internal', verifiesUser: true })
  const said = (call: string) =>
    tab.evaluate<Readonly<Record<string, Readonly<Record<string, unknown>>>>>(
      `import('/sample.js').then((m) => m.${call})`,
    )
  const added = await said('addPasskey()')
  assert.deepEqual([added['factor']?.['type'], added['factor']?.['state']], ['webauthn', 'active'])
  const signedIn = await said('signIn()')
  assert.equal(signedIn['status'], 'authenticated')
  assert.equal(signedIn['user']?.['id'], user.id)
})
