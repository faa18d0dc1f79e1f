import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { usualScopes } from '@gatehouse/contract/operation'
import type { GuardOptions } from '@gatehouse/sdk/next'
import { signUp } from '@gatehouse/testing/sign-up'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { sealerOf } from '../packages/sdk/src/guard/sealer.ts'
import { fetchFrom, type Open, password, showApprovals, showFactors } from './guard-script.ts'
import { judge } from './judge.ts'
import { runProgram } from './run-program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const example = join(root, 'examples/next')

/** Next.js is large: it is installed where it is tested, and not with everything else. */
const installed = { 16: 'examples/next', 15: 'examples/next/15' } as const
type Major = keyof typeof installed

/** Why this major cannot be tested; undefined if it can. */
function whatIsMissing(major: Major): string | undefined {
  const folder = installed[major]
  if (existsSync(join(root, folder, 'node_modules/next/package.json'))) return undefined
  const missing = `Next.js ${major} is missing; npm ci --prefix ${folder}`
  if (process.env['CI']) throw new Error(missing)
  return missing
}

/** Made for the speed of this test: nobody downloads what is built here. */
const quickConfig = (major: Major) => `const root = ${JSON.stringify(root)}
export default {
  outputFileTracingRoot: root,
  turbopack: { root },
  experimental: { cpus: 1, ${major === 16 ? 'turbopackMinify: false, turbopackSourceMaps: false, turbopackScopeHoisting: false' : ''} },
  ${major === 15 ? 'eslint: { ignoreDuringBuilds: true }, webpack: (config) => ({ ...config, optimization: { ...config.optimization, minimize: false } }),' : ''}
}
`

/** A page that the proxy is told to leave alone. */
const outside = `import { gatehouse } from '../../gatehouse.js'
export default async function Outside() {
  const { claims } = await gatehouse.requireAuth({ returnTo: '/outside' })
  return <h1>Outside, {claims.email}</h1>
}
`

/** The example, built by this major, without any settings. */
async function build(major: Major): Promise<string> {
  const app = mkdtempSync(join(root, installed[major], '.test-'))
  after(() => rmSync(app, { recursive: true, force: true }))
  for (const name of ['app', 'gatehouse.js', 'instrumentation.js', 'package.json'])
    cpSync(join(example, name), join(app, name), { recursive: true })
  const proxy = join(app, major === 16 ? 'proxy.js' : 'middleware.js')
  cpSync(join(example, 'proxy.js'), proxy)
  appendFileSync(proxy, "export const config = { matcher: '/((?!outside).*)' }\n")
  mkdirSync(join(app, 'app/outside'))
  writeFileSync(join(app, 'app/outside/page.js'), outside)
  writeFileSync(join(app, 'next.config.js'), quickConfig(major))
  await runProgram(process.execPath, [nextOf(major), 'build'], {
    input: '',
    cwd: app,
    env: { NEXT_TELEMETRY_DISABLED: '1' },
  })
  return app
}

const nextOf = (major: Major) => join(root, installed[major], 'node_modules/next/dist/bin/next')

interface App {
  readonly major: Major
  readonly folder: string
}

type Environment = Readonly<Record<string, string>>

/** Runs what was built, until the test is over. Answers where it is as soon as it has said what is waited for. */
async function run(
  t: TestContext,
  { major, folder }: App,
  env: Environment,
  saysInTheEnd = 'Ready in',
): Promise<string> {
  const port = await findFreePort()
  const args = [nextOf(major), 'start', '--hostname', 'localhost', '--port', String(port)]
  const surroundings = { PATH: process.env['PATH'], NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env }
  const child = spawn(process.execPath, args, { cwd: folder, env: surroundings, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        said.push(line)
        if (line.includes(saysInTheEnd)) resolve()
      })
    }
    child.once('exit', () => reject(new Error(said.join('\n'))))
    AbortSignal.any([t.signal, AbortSignal.timeout(60_000)]).addEventListener('abort', () =>
      reject(new Error(`Next.js ${major} has not said "${saysInTheEnd}" but:\n${said.join('\n')}`)),
    )
  })
  // Next.js 15 sends browsers from 127.0.0.1 to localhost.
  return `http://localhost:${port}`
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

const environmentOf = ({ url, clientId = '', secret = '' }: GuardOptions): Environment => ({
  GATEHOUSE_URL: url ?? '',
  GATEHOUSE_CLIENT_ID: clientId,
  GATEHOUSE_CLIENT_SECRET: secret,
})

/** A server, the application, and somebody with an app. */
async function start(t: TestContext, app: App) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { id, slug, secret } = await server.createClient({ slug: 'portal', scopes: ['auth', 'tokens'] })
  const url = await run(t, app, environmentOf({ url: server.url, clientId: slug, secret }))
  const keeper = await server.client({ scopes: [...usualScopes, 'clients:read', 'clients:write'] })
  await keeper.clients.update({ id: id as `cli_${string}`, redirect_uris: [`${url}/auth/callback`] })
  const ada = await signUp(keeper, { factor: 'totp', now: server.clock.now, email: 'ada@example.org', password })
  const nextCode = () => {
    server.clock.advance('30s')
    return ada.code()
  }
  return { server, url, nextCode, secret }
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor()

async function confirm(page: Page, code: string): Promise<void> {
  await heading(page, 'Confirm that it is you')
  await page.getByLabel('Code', { exact: true }).fill(code)
  await press(page, 'Verify')
}

async function signIn(page: Page, code: string): Promise<void> {
  await page.getByLabel('E-mail address').fill('ada@example.org')
  await press(page, 'Continue')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await press(page, 'Sign in')
  await page.getByLabel('Code', { exact: true }).fill(code)
  await press(page, 'Verify')
}

async function pay(page: Page): Promise<void> {
  await page.getByLabel('Amount').fill('12')
  await press(page, 'Pay')
}

/** What is kept of a session that was opened so long ago that its access token has had its time. */
async function growOld(context: BrowserContext, url: string, secret: string): Promise<void> {
  const sealer = sealerOf([secret])
  const [kept] = (await context.cookies(url)).filter(({ name }) => name === 'app-session')
  const held = (await sealer.open(kept?.value ?? '', 'session')) as object
  const value = await sealer.seal({ ...held, expiresAt: 0 }, 'session')
  await context.addCookies([{ name: 'app-session', value, url }])
}

for (const major of [16, 15] as const) {
  const missing = whatIsMissing(major)
  const built = missing ? undefined : build(major)
  // Whoever waits for it hears why it failed.
  built?.catch(() => undefined)
  const check = (name: string, act: (t: TestContext, app: App) => Promise<void>): void => {
    test(`Next.js ${major}: ${name}`, async (t) => {
      if (!built) return t.diagnostic(`not checked: Next.js ${major} (${missing})`)
      return act(t, { major, folder: await built })
    })
  }

  const open =
    (app: App): Open =>
    async (t, options) =>
      fetchFrom(await run(t, app, environmentOf(options)))

  check('a route is open to who is signed in, and a sensitive one to who has just proven a second factor', (t, app) =>
    showFactors(t, open(app)),
  )

  check('a route is open once to who has approved its amount and payee', (t, app) => showApprovals(t, open(app)))

  check('an application without its settings says at the start which one is missing', async (t, app) => {
    const env = { GATEHOUSE_URL: 'http://127.0.0.1:1', GATEHOUSE_CLIENT_ID: 'app' }
    await run(t, app, env, 'createGatehouse needs secret (or GATEHOUSE_CLIENT_SECRET).')
  })

  check('pages and actions send people to sign in and to prove a factor, and bring them back', async (t, app) => {
    const found = judge('chromium', 'chromium')
    if (found.missing) return t.diagnostic(`not checked: pages of Next.js (${found.missing})`)
    const { server, url, nextCode, secret } = await start(t, app)
    const browser = await chromium.launch({ executablePath: found.path, args: flags })
    t.after(() => browser.close())
    const context = await browser.newContext()
    const page = await context.newPage()

    await page.goto(url)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signIn(page, nextCode())
    await heading(page, 'Account of ada@example.org')
    await pay(page)
    await page.getByText('Paid 12.').waitFor()

    // An action, by a script of Next.js.
    server.clock.advance('11m')
    await pay(page)
    await confirm(page, nextCode())
    await heading(page, 'Account of')
    assert.equal(page.url(), `${url}/account?paid=12`)
    await page.goto(`${url}/account`)
    await pay(page)
    await page.getByText('Paid 12.').waitFor()

    // A page that is fetched by a script of Next.js.
    server.clock.advance('11m')
    await page.getByRole('link', { name: 'Statement' }).click()
    await confirm(page, nextCode())
    await heading(page, 'Statement, with a second factor of')
    assert.equal(page.url(), `${url}/statement`)

    // The access token is renewed by the proxy, and where there is none by way of /auth/renew.
    for (const [path, name] of [
      ['/account', 'Account of ada'],
      ['/outside', 'Outside, ada'],
    ] as const) {
      await growOld(context, url, secret)
      await page.goto(url + path)
      await heading(page, name)
      assert.equal(page.url(), url + path)
    }
    await page.goto(`${url}/account`)
    await page.waitForLoadState('networkidle')
    await page.getByRole('link', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    for (const path of ['/account', '/statement', '/outside']) {
      await page.goto(url + path)
      await heading(page, 'Sign in')
    }

    const forwarded = { accept: 'text/html', 'x-forwarded-host': 'portal.example.org', 'x-forwarded-proto': 'https' }
    const { status, headers } = await fetch(`${url}/account`, { headers: forwarded, redirect: 'manual' })
    const { href } = new URL(headers.get('location') ?? '', 'https://portal.example.org')
    assert.deepEqual([status, href], [303, 'https://portal.example.org/auth/login?return_to=%2Faccount'])

    // Without scripts.
    const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
    await plain.goto(`${url}/account`)
    await signIn(plain, nextCode())
    await pay(plain)
    await plain.getByText('Paid 12.').waitFor()
    server.clock.advance('11m')
    await pay(plain)
    await confirm(plain, nextCode())
    await heading(plain, 'Account of')
    assert.deepEqual(server.failures, [])
  })
}
