import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { usualScopes } from '@gatehouse/contract/operation'
import { type ConnectRequest, createGatehouse as forExpress } from '@gatehouse/sdk/express'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import axe from 'axe-core'
import express from 'express'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { judge } from './judge.ts'

const password = 'seven unrelated words in a row'
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const pictures = process.env['GATEHOUSE_TEST_PICTURES']

interface Answer {
  send(text: string): void
}

/** A server at an address that is known before it starts, as passkeys need it; an application of the quick start; a browser. */
async function start(t: TestContext, chromiumPath: string) {
  let target = 0
  const door = createServer((socket) => {
    const inner = connect(target, '127.0.0.1')
    socket.on('error', () => inner.destroy()).pipe(inner)
    inner.on('error', () => socket.destroy()).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  t.after(() => door.close())
  const publicUrl = `http://localhost:${(door.address() as AddressInfo).port}`
  const server = await startTestServer({
    settings: { GATEHOUSE_WEBAUTHN_RP_ID: 'localhost', GATEHOUSE_WEBAUTHN_ORIGINS: publicUrl },
  })
  t.after(() => server.stop())
  target = Number(new URL(server.url).port)

  const { id, slug, secret } = await server.createClient({ slug: 'portal', scopes: ['auth', 'tokens'] })
  const keeper = await server.client({
    scopes: [...usualScopes, 'clients:read', 'clients:write', 'policy:read', 'policy:write'],
  })
  const gatehouse = forExpress({ url: server.url, clientId: slug, secret, now: server.clock.now })
  const app = express()
  app.use(gatehouse.session({ publicUrl }))
  app.get('/', (_: ConnectRequest, response: Answer) =>
    response.send('<!doctype html><html lang="en"><title>Home</title><h1>Home</h1>'),
  )
  app.get('/me', gatehouse.requireAuth(), ({ auth }: ConnectRequest, response: Answer) =>
    response.send(
      `<!doctype html><html lang="en"><title>Portal</title><h1>Hello, ${auth?.claims.email}</h1><p>${auth?.claims.amr.join(' ')}</p>`,
    ),
  )
  const listening = await new Promise<Server>((resolve) => {
    const opened = app.listen(0, '127.0.0.1', () => resolve(opened))
  })
  t.after(() => listening.close())
  const appUrl = `http://localhost:${(listening.address() as AddressInfo).port}`
  await keeper.clients.update({ id: id as `cli_${string}`, redirect_uris: [`${appUrl}/auth/callback`] })

  const browser = await chromium.launch({ executablePath: chromiumPath, args: flags })
  t.after(() => browser.close())
  const open = async (options: Parameters<typeof browser.newContext>[0] = {}) =>
    watch(await browser.newContext(options))

  /** A page, and whatever its browser has to complain of. */
  async function watch(context: BrowserContext) {
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('console', (message) => {
      // Answers that are errors are meant to be.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) troubles.push(message.text())
    })
    page.on('pageerror', (error) => troubles.push(error.message))
    page.on('request', (request) => {
      if (!/^(http:\/\/localhost:|blob:|data:)/.test(request.url())) troubles.push(request.url())
    })
    return { page, troubles, context }
  }
  return { server, keeper, appUrl, publicUrl, open }
}

/** What a page must keep: no fault that axe finds, and no scrolling sideways, in the dark, on a small screen. */
async function look(page: Page, name: string, heading: string): Promise<void> {
  await page.getByRole('heading', { name: heading }).waitFor()
  await page.waitForLoadState()
  await page.evaluate(axe.source)
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 1280]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 800 })
      const found = await page.evaluate(async () => {
        // @ts-expect-error: it was put into the page.
        const { violations } = await axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        })
        return violations.map(
          ({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
            `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
        )
      })
      assert.deepEqual(found, [], `${name}, ${colorScheme}, ${width}`)
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      assert.ok(Number(wide) <= width, `${name} is ${wide} wide at ${width}`)
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-${colorScheme}-${width}.png`, fullPage: true })
    }
  }
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

test('in Chromium people sign in, set up an app, save their codes and come back, on pages that all can use', async (t) => {
  const found = judge('chromium', 'chromium')
  if (found.missing) return t.diagnostic(`not checked: the pages of the sign-in (${found.missing})`)
  const { server, keeper, appUrl, open } = await start(t, found.path)
  const phone = virtualPhone()
  const email = 'ada@example.org'
  await keeper.users.create({ email, password })
  await keeper.policy.update({ mfa: 'required', reason: 'for this test' })
  const { page, troubles, context } = await open()
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.clock.install()

  await page.goto(`${appUrl}/me`)
  await look(page, 'email', 'Sign in')
  await page.evaluate("document.querySelector('form').noValidate = true")
  await page.getByLabel('E-mail address').fill('not an address')
  await press(page, 'Continue')
  await page.getByRole('alert').waitFor()
  await look(page, 'email-wrong', 'Sign in')
  await page.getByLabel('E-mail address').fill(email)
  await page.keyboard.press('Enter')
  await look(page, 'password', 'Enter your password')
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await press(page, 'Show password')
  assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('type'), 'text')
  await page.getByLabel('Password', { exact: true }).press('Enter')
  await page.getByRole('alert').waitFor()
  assert.equal(await page.evaluate('document.activeElement.id'), 'password')
  await look(page, 'password-wrong', 'Enter your password')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Sign in')

  await page.getByRole('heading', { name: 'Secure your account' }).waitFor()
  await look(page, 'enroll', 'Secure your account')
  await page.getByLabel('Authenticator app').check()
  await press(page, 'Set up')
  const picture = page.locator('.qr svg')
  await picture.waitFor()
  assert.equal((await picture.boundingBox())?.width, 300)
  await look(page, 'enroll-app', 'Set up your authenticator app')
  const key = page.locator('#key')
  assert.equal(await key.isVisible(), false)
  await page.clock.runFor(30_000)
  assert.equal(await key.isVisible(), true)
  assert.match((await page.locator('#opened').textContent()) ?? '', /Enter this key/)
  await look(page, 'enroll-app-key', 'Set up your authenticator app')
  const uri = await page.getByRole('link', { name: 'Open in the app on this device' }).getAttribute('href')
  await page.reload()
  assert.equal(await page.getByRole('link', { name: 'Open in the app on this device' }).getAttribute('href'), uri)
  const account = phone.scan(uri ?? '')
  await page.getByLabel('The 6 digits that the app shows').fill('000000')
  await press(page, 'Confirm')
  await page.getByRole('alert').waitFor()
  await look(page, 'enroll-app-wrong', 'Set up your authenticator app')
  await page.getByLabel('The 6 digits that the app shows').fill(phone.code(account, server.clock.now()))
  await press(page, 'Confirm')

  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await look(page, 'codes', 'Save your recovery codes')
  await press(page, 'Continue')
  await page.getByRole('alert').waitFor()
  await look(page, 'codes-not-saved', 'Save your recovery codes')
  await press(page, 'Copy')
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  assert.equal((await page.evaluate<string>('navigator.clipboard.readText()')).split('\n').length, 11)
  await press(page, 'Continue')
  await page.getByRole('heading', { name: `Hello, ${email}` }).waitFor()
  assert.equal(await page.locator('p').textContent(), 'pwd otp mfa')

  // Once more: a code is asked for, and there are other ways.
  await page.goto(`${appUrl}/auth/logout`)
  await page.goto(`${appUrl}/me`)
  await page.getByLabel('E-mail address').fill(email)
  await press(page, 'Continue')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Sign in')
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor()
  await look(page, 'code', 'Enter your code')
  await press(page, 'Try another way')
  await look(page, 'ways', 'Choose another way')
  await page.getByLabel('I have none of these').check()
  await press(page, 'Continue')
  await look(page, 'lost', 'You have lost everything')
  await press(page, 'Ask for help')
  await page.getByRole('heading', { name: 'Your request is waiting' }).waitFor()
  await look(page, 'lost-waiting', 'Your request is waiting')
  await page.goto(`${page.url().split('/sign-in')[0]}/sign-in/flw_00000000000000000000000000`)
  await look(page, 'over', 'This page is over')
  assert.deepEqual([troubles, server.failures], [[], []])
})

test('in Chromium a passkey is set up on the way, signs in alone from the field, and confirms', async (t) => {
  const found = judge('chromium', 'chromium')
  if (found.missing) return t.diagnostic(`not checked: passkeys on the pages of the sign-in (${found.missing})`)
  const { server, keeper, appUrl, open } = await start(t, found.path)
  const email = 'grace@example.org'
  await keeper.users.create({ email, password })
  await keeper.policy.update({ mfa: 'required', reason: 'for this test' })
  const { page, troubles, context } = await open()
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(`${appUrl}/me`)
  await page.getByLabel('E-mail address').fill(email)
  await press(page, 'Continue')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Sign in')
  await page.getByLabel('Passkey (recommended)').check()
  await press(page, 'Set up')
  await look(page, 'enroll-passkey', 'Set up a passkey')
  await press(page, 'Make the passkey')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  const typed = (await page.locator('ol.codes li').first().textContent()) ?? ''
  await page.getByLabel('Copy, download or print them').fill(typed.toUpperCase().replaceAll('-', ' '))
  await press(page, 'Continue')
  await page.getByRole('heading', { name: `Hello, ${email}` }).waitFor()

  await page.goto(`${appUrl}/auth/logout`)
  await page.goto(`${appUrl}/me`)
  // The browser may have offered it in the field, and been answered, before anybody presses.
  await page
    .getByRole('button', { name: 'Use a passkey' })
    .click({ timeout: 10_000 })
    .catch(() => undefined)
  await page.getByRole('heading', { name: `Hello, ${email}` }).waitFor()
  assert.match((await page.locator('p').textContent()) ?? '', /user/)

  await page.goto(`${appUrl}/auth/login?acr_values=aal2&max_age=0&return_to=/me`)
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  await look(page, 'confirm-passkey', 'Confirm that it is you')
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
  await press(page, 'Use a passkey')
  await page.getByRole('heading', { name: `Hello, ${email}` }).waitFor()
  assert.deepEqual([troubles, server.failures], [[], []])
})
