import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { chromium } from 'playwright-core'
import { judge } from './judge.ts'

const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync']

test('in Chromium the link of the mail sets a new password, and the address bar forgets the token', async (t) => {
  const found = judge('chromium', 'chromium')
  if (found.missing) return t.diagnostic(`not checked: the page for a new password (${found.missing})`)
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  const email = 'ada@example.org'
  await gatehouse.users.create({ email, password: 'a few unrelated words' })
  await gatehouse.auth.password.forgot({ email })
  await server.runJobs()
  const mail = await server.outbox.last(email)
  const link = new URL(/http\S+#\w+/.exec(mail?.text ?? '')?.[0] ?? '')

  const browser = await chromium.launch({ executablePath: found.path, args: flags })
  t.after(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 390, height: 720 } })
  const troubles: string[] = []
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
  page.on('pageerror', (error) => troubles.push(error.message))
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))

  await page.goto(`${server.url}${link.pathname}${link.hash}`)
  assert.equal(page.url(), `${server.url}/password/reset`)
  assert.equal(await page.getByLabel('The part of the link').isVisible(), false)
  await page.getByLabel('New password').fill('too short')
  await page.getByRole('button', { name: 'Set it' }).click()
  assert.match((await page.getByRole('alert').textContent()) ?? '', /at least 15 characters/)
  await page.getByLabel('New password').fill('nine further words that nobody has said')
  await page.getByRole('button', { name: 'Set it' }).click()
  await page.getByRole('heading', { name: 'Your new password is set' }).waitFor()

  const folder = process.env['GATEHOUSE_TEST_PICTURES']
  if (folder) await page.screenshot({ path: `${folder}/password-reset.png` })
  // The answer to the short one is an error that a browser notes.
  assert.deepEqual(
    troubles.filter((text) => !text.includes('422')),
    [],
  )
  assert.ok(
    asked.every((url) => !url.includes('prt_')),
    asked.join('\n'),
  )
  const password = 'nine further words that nobody has said'
  assert.equal((await gatehouse.auth.login({ email, password })).status, 'authenticated')
})
