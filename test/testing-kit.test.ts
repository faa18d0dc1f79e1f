import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { signUp } from '@gatehouse/testing/sign-up'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { judge } from './judge.ts'
import { runProgram } from './run-program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../docs/testing.md', import.meta.url), 'utf8')

/** The one sample of the page that is marked so. */
function sampleOf(mark: string): string {
  const found = new RegExp(`^\`\`\`ts ${mark}\n(.*?)^\`\`\`$`, 'ms').exec(page)
  return found?.[1] ?? assert.fail(`docs/testing.md has no sample ${mark}`)
}

function run(input: string): Promise<string> {
  return runProgram(process.execPath, ['--conditions=source', '--input-type=module-typescript'], { input, cwd: root })
}

test('the sample for node:test passes as it stands', async () => {
  const report = await run(sampleOf('node-test'))
  assert.match(report, /^# pass 3$|ℹ pass 3$/m)
})

test('the sample for vitest passes with stand-ins for the names of vitest', async () => {
  const standIns = `import { after as afterAll, test } from 'node:test'
import assert from 'node:assert/strict'
const expect = (actual: unknown) => ({ toBe: (expected: unknown) => assert.equal(actual, expected) })
`
  const sample = sampleOf('vitest').replace(/^import \{ afterAll, expect, test \} from 'vitest'\n/, standIns)
  assert.ok(sample.startsWith(standIns))
  assert.match(await run(sample), /^# pass 1$|ℹ pass 1$/m)
})

test('the sample about load prints no failures', async () => {
  assert.equal(await run(sampleOf('load')), '{} true\n')
})

test('the sample of the mock does what the page says', async () => {
  assert.equal(await run(sampleOf('mock')), 'admin true\n')
})

test('the samples for Playwright pass in Chromium, run by Playwright itself', async (t) => {
  const found = judge('chromium', 'chromium')
  if (found.missing) return t.diagnostic(`not checked: the samples for Playwright (${found.missing})`)
  // Inside the checkout, so that what it imports is found.
  const folder = mkdtempSync(join(root, 'test', '.playwright-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const sample = sampleOf('playwright').replace('./start-app.js', '../start-app.ts')
  writeFileSync(join(folder, 'sample.spec.ts'), sample)
  writeFileSync(join(folder, 'hosted.spec.ts'), sampleOf('playwright-hosted'))
  const launchOptions = { executablePath: found.path, args: ['--no-sandbox', '--disable-background-networking'] }
  const config = { testDir: '.', workers: 1, reporter: 'line', outputDir: './results', use: { launchOptions } }
  writeFileSync(join(folder, 'playwright.config.mjs'), `export default ${JSON.stringify(config)}`)
  const cli = fileURLToPath(import.meta.resolve('@playwright/test/cli'))
  const args = [cli, 'test', '--config', join(folder, 'playwright.config.mjs')]
  const report = await runProgram(process.execPath, args, {
    input: '',
    cwd: root,
    env: { NODE_OPTIONS: '--conditions=source' },
  })
  assert.match(report, /6 passed/)
  return undefined
})

test('what is committed next can be made to fail, and webhooks are read without an endpoint', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const gatehouse = await server.client()
  server.failNext('store')
  await assert.rejects(gatehouse.users.create({ email: 'ada@example.test' }), { code: 'storage_unavailable' })
  assert.deepEqual(await server.webhooks.received('user.created'), [])
  const { id } = await gatehouse.users.create({ email: 'ada@example.test' })
  const received = await server.webhooks.received('user.*')
  assert.deepEqual(
    received.map(({ type, data }) => [type, data['user_id']]),
    [['user.created', id]],
  )
  assert.deepEqual(await server.webhooks.received('user.created', { tenant: 'default' }), [])
})

test('golden path (g): what the CI of an integrator does, without a phone', async (t) => {
  const begun = performance.now()
  const server = await startTestServer()
  t.after(() => server.stop())
  t.diagnostic(`the server was there after ${Math.round(performance.now() - begun)} ms`)
  const gatehouse = await server.client()
  const ada = await signUp(gatehouse, { email: 'a+test@example.test', factor: 'totp', now: server.clock.now })
  assert.equal((await ada.signIn(gatehouse)).user.id, ada.user.id)
  server.clock.advance('30s')

  const { factor } = await gatehouse.users.factors.enroll({ id: ada.user.id, type: 'email' })
  await gatehouse.factors.activate({ id: factor.id, code: await server.outbox.code(ada.user.email) })
  assert.equal((await server.outbox.last(ada.user.email))?.kind, 'factor_added')

  for (let index = 0; index < 5; index++) {
    await assert.rejects(gatehouse.auth.login({ email: ada.user.email, password: `guess ${index}` }))
  }
  const [locked] = await server.webhooks.received('user.locked')
  assert.equal(locked?.data['user_id'], ada.user.id)

  await server.attack.stuffing({ ip: '203.0.113.77' })
  const { data } = await gatehouse.alerts.listPage({ rule: 'many_accounts' })
  assert.deepEqual(
    data.map(({ source }) => source),
    ['203.0.113.77'],
  )
  const raised = await server.webhooks.received('alert.raised')
  assert.ok(raised.some((event) => event.data['rule'] === 'many_accounts'))
  assert.deepEqual(server.failures, [])
})
