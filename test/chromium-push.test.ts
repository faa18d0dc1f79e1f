import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startPushService } from '../packages/server/src/messages/push/test-push-service.ts'
import { judge } from './judge.ts'

const password = 'seven unrelated words in a row'
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A server whose clock is that of the browser, somebody of its house, and a browser. Undefined without Chromium. */
async function open(t: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const found = judge('chromium', 'chromium')
  if (found.missing) {
    t.diagnostic(`not checked: push approval in a real browser (${found.missing})`)
    return undefined
  }
  const server = await startTestServer({ settings })
  t.after(() => server.stop())
  const gatehouse = await server.client({ tenant: 'default' })
  const user = await gatehouse.users.create({ email: 'ada@example.test', password })
  const browser = await chromium.launch({ executablePath: found.path, args: flags })
  t.after(() => browser.close())
  const ask = async () => {
    const login = await gatehouse.auth.login({
      email: user.email,
      password,
      end_user: { ip: '203.0.113.9', user_agent: 'Firefox on Linux' },
    })
    assert.ok(login.status === 'mfa_required')
    const { id, factors } = login.challenge
    const factor = factors.find(({ type }) => type === 'push')
    assert.ok(factor)
    const endUser = { ip: '203.0.113.9', user_agent: 'Firefox on Linux' }
    const { number } = await gatehouse.challenges.send({ id, factor_id: factor.id, end_user: endUser })
    return { id, number: number ?? assert.fail('no number') }
  }
  return { server, gatehouse, user, browser, ask }
}

async function newPage(browser: Browser, troubles: string[]): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 390, height: 720 } })
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text())
  })
  page.on('pageerror', (error) => troubles.push(error.message))
  return page
}

/** Keeps what is seen, for whoever wants to look. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['GATEHOUSE_TEST_PICTURES']
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` })
}

test('in Chromium a page becomes a device, and approves and denies sign-ins', async (t) => {
  const world = await open(t)
  if (!world) return
  const { server, gatehouse, user, browser, ask } = world
  const troubles: string[] = []
  const page = await newPage(browser, troubles)

  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'push' })
  assert.equal(enrollment.uri, `http://gatehouse.test/device#pair=${enrollment.pairing_code}`)
  await page.goto(enrollment.uri.replace('http://gatehouse.test', server.url))
  assert.equal(new URL(page.url()).hash, '', 'the code stays in the address')
  await picture(page, 'pair')
  await page.getByRole('button', { name: 'Pair this device' }).click()
  const digits = page.locator('#confirmation')
  await digits.filter({ hasText: /^[0-9]{6}$/ }).waitFor()
  await picture(page, 'paired')
  await gatehouse.factors.activate({ id: factor.id, code: (await digits.textContent()) ?? '' })
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Nothing waits').waitFor()
  await page.getByText('ada@example.test').waitFor()

  // The key is there, and cannot be taken out.
  const exported = await page.evaluate(`(async () => {
    const [device] = await inStore('readonly', (store) => store.getAll())
    return crypto.subtle.exportKey('jwk', device.key).then(() => 'exported', (error) => error.name)
  })()`)
  assert.equal(exported, 'InvalidAccessError')

  const first = await ask()
  const field = page.getByLabel('The number that the sign-in shows')
  await field.waitFor()
  assert.match((await page.locator('#request').textContent()) ?? '', /203\.0\.113\.9.*Firefox on Linux/s)
  assert.ok(!(await page.content()).includes(`>${first.number}<`))
  await picture(page, 'request')
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByText('Type the two digits').waitFor()
  await field.fill(first.number)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByText('Approved.').waitFor()
  await picture(page, 'approved')
  assert.equal((await gatehouse.challenges.verify({ id: first.id })).status, 'authenticated')

  // The page finds its key again.
  await page.reload()
  const second = await ask()
  await field.waitFor()
  await page.getByRole('button', { name: 'It is not me' }).click()
  await page.getByText('Change your password').waitFor()
  await picture(page, 'denied')
  assert.equal((await gatehouse.challenges.get({ id: second.id })).state, 'spent')
  await assert.rejects(gatehouse.challenges.verify({ id: second.id }), { code: 'challenge_expired' })
  assert.deepEqual(troubles, [])
})

test('in Chromium a code that is not good is answered in words', async (t) => {
  const world = await open(t)
  if (!world) return
  const { server, browser } = world
  const page = await newPage(browser, [])
  await page.goto(`${server.url}/device`)
  await page.getByLabel('Pairing code').fill('K7M2-Q9XW-4TZD')
  await page.getByRole('button', { name: 'Pair this device' }).click()
  await page.getByText('The pairing code is not valid').waitFor()
})

/** Pairs a page with the account, from the code to the first look. */
async function pairPage(page: Page, { server, gatehouse, user }: NonNullable<Awaited<ReturnType<typeof open>>>) {
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'push' })
  await page.goto(`${server.url}/device#pair=${enrollment.pairing_code}`)
  await page.getByRole('button', { name: 'Pair this device' }).click()
  const digits = page.locator('#confirmation')
  await digits.filter({ hasText: /^[0-9]{6}$/ }).waitFor()
  await gatehouse.factors.activate({ id: factor.id, code: (await digits.textContent()) ?? '' })
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Nothing waits').waitFor()
}

/** What the browser shows of its own, as soon as there are so many. */
function notesOf(page: Page, count: number) {
  return page.evaluate<readonly { readonly title: string; readonly body: string }[]>(`(async () => {
    const registration = await navigator.serviceWorker.getRegistration('/device')
    for (;;) {
      const notes = await registration.getNotifications()
      if (notes.length === ${count}) return notes.map(({ title, body }) => ({ title, body }))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()`)
}

test('in Chromium a page that is closed is woken by its push service', async (t) => {
  let now = () => new Date()
  const service = await startPushService(t, () => now())
  const world = await open(t, { GATEHOUSE_WEB_PUSH_SERVICES: service.url })
  if (!world) return
  const { server, gatehouse, browser, ask } = world
  now = server.clock.now
  const troubles: string[] = []
  const page = await newPage(browser, troubles)
  await page.context().grantPermissions(['notifications'], { origin: server.url })

  // There is no way out to the push service of the browser's maker: ours takes its place, and the browser's part is as it is.
  await page.exposeFunction('subscribeHere', (key: string) => service.subscribe(key))
  await page.addInitScript(`{
    let held = null
    PushManager.prototype.getSubscription = async () => held
    PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
      if (!userVisibleOnly) throw new Error('every message must be seen')
      const { endpoint, p256dh, auth } = await window.subscribeHere(applicationServerKey)
      const bytes = Uint8Array.from(atob(applicationServerKey.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
      held = {
        options: { applicationServerKey: bytes.buffer },
        toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
        unsubscribe: async () => { held = null; return true },
      }
      return held
    }
  }`)
  await pairPage(page, world)
  const cdp = await page.context().newCDPSession(page)
  const registered = new Promise<string>((resolve) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      for (const { scopeURL, registrationId } of registrations)
        if (scopeURL === `${server.url}/device`) resolve(registrationId)
    })
  })
  await cdp.send('ServiceWorker.enable')
  await page.getByRole('button', { name: 'Notify me when this page is closed' }).click()
  await page.getByRole('button', { name: 'Do not notify me any more' }).waitFor()
  await picture(page, 'notified')
  const registrationId = await registered

  await ask()
  await server.outbox.all()
  const [message] = service.messages
  assert.equal(message?.text, 'A sign-in to Gatehouse waits for your answer.')
  const data = JSON.stringify({ text: message.text, until: message.until })
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: server.url, registrationId, data })
  const [note] = await notesOf(page, 1)
  const { title, body } = note ?? assert.fail('no notification')
  assert.equal(title, message.text)
  assert.match(body, /^test-[0-9a-f]+, 203\.0\.113\.9$/)

  await page.getByLabel('The number that the sign-in shows').waitFor()
  await page.getByRole('button', { name: 'It is not me' }).click()
  await page.getByText('Change your password').waitFor()
  await notesOf(page, 0)
  await page.getByRole('button', { name: 'Do not notify me any more' }).click()
  await page.getByRole('button', { name: 'Notify me when this page is closed' }).waitFor()
  const events = (await gatehouse.auditEvents.listPage({ limit: 200 })).data.map(({ type }) => type)
  assert.deepEqual(
    events.filter((type) => /^push\..*subscribed$/.test(type)),
    ['push.unsubscribed', 'push.subscribed'],
  )
  assert.deepEqual(troubles, [])
})

test('in Chromium a browser whose push service cannot be reached says so, and goes on asking', async (t) => {
  const world = await open(t)
  if (!world) return
  const { server, gatehouse, browser, ask } = world
  const page = await newPage(browser, [])
  await page.context().grantPermissions(['notifications'], { origin: server.url })
  await pairPage(page, world)
  await page.getByRole('button', { name: 'Notify me when this page is closed' }).click()
  await page.getByText('This browser cannot be notified').waitFor()
  const asked = await ask()
  await page.getByLabel('The number that the sign-in shows').fill(asked.number)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByText('Approved.').waitFor()
  assert.equal((await gatehouse.challenges.verify({ id: asked.id })).status, 'authenticated')

  // What is to happen is shown in full.
  const action = { type: 'payout', amount: '120.00', to: 'Bob' }
  const challenge = await gatehouse.users.challenges.create({ id: world.user.id, purpose: 'verify', action })
  await gatehouse.challenges.send({ id: challenge.id, factor_id: challenge.factors[0]!.id })
  await page.getByText('payout · amount: 120.00 · to: Bob').waitFor()
})
