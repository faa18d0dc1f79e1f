import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createGatehouse, type GatehouseOptions } from '@gatehouse/sdk'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import pg from 'pg'
import { emptyDatabase } from '../empty-database.ts'
import { judge } from '../judge.ts'
import { makeFolder, runGatehouse, startGatehouse } from './cli-server.ts'
import { outcomesOf, tally } from './two-processes.ts'

const email = 'ada@example.org'
const password = 'a few unrelated words'

type Scene = Awaited<ReturnType<typeof openScene>>
type Challenges = readonly [`chl_${string}`, `chl_${string}`]

/** A server in a process of its own and an application with somebody who has an authenticator app. */
async function openScene(t: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const env = {
    GATEHOUSE_DATA_DIR: makeFolder(t),
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    GATEHOUSE_LOGIN_CAPTCHA: 'never',
    ...settings,
  }
  const { stdout, stderr, code } = await runGatehouse(
    ['clients', 'create', 'portal', '--allow', '203.0.113.7', '--limit', 'auth=1000', '--json'],
    env,
  )
  assert.equal(code, 0, stderr)
  const { slug, secret } = JSON.parse(stdout) as { slug: string; secret: string }
  const server = await startGatehouse(t, env, 'serve')
  const options: GatehouseOptions = {
    url: server.url,
    clientId: slug,
    secret,
    retries: { max: 0 },
    fetch: (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('x-forwarded-for', '203.0.113.7')
      headers.set('x-forwarded-proto', 'https')
      return fetch(input, { ...init, headers })
    },
  }
  const sdk = createGatehouse(options)
  const user = await sdk.users.create({ email, password })
  const { factor, enrollment } = await sdk.users.factors.enroll({ id: user.id, type: 'totp' })
  const phone = virtualPhone()
  const account = phone.scan(enrollment.uri)
  const codeIn = (seconds: number) => phone.code(account, new Date(Date.now() + seconds * 1000))
  await sdk.factors.activate({ id: factor.id, code: codeIn(0) })
  const begin = async () => {
    const step = await sdk.auth.login({ email, password })
    assert.ok(step.status === 'mfa_required')
    return step.challenge.id
  }
  return { sdk, server, begin, nextCode: () => codeIn(30) }
}

/** Everything that would have to leave a trace is refused. */
async function assertNothingPasses({ sdk, nextCode }: Scene, [first, second]: Challenges): Promise<void> {
  const outcomes = await outcomesOf([
    sdk.auth.login({ email, password }),
    sdk.challenges.verify({ id: first, code: nextCode() }),
    sdk.challenges.verify({ id: second, code: '000000' }),
    sdk.users.create({ email: 'eve@example.org' }),
    sdk.tokens.validate({ token: 'a.b.c' }),
  ])
  assert.deepEqual(tally(outcomes), { storage_unavailable: 5 })
}

/** The database takes writes again without anybody's help. What was refused has not happened: the code is good, once. */
async function assertRecovered({ sdk, nextCode }: Scene, challenges: Challenges): Promise<void> {
  const code = nextCode()
  const outcomes = await outcomesOf(challenges.map((id) => sdk.challenges.verify({ id, code })))
  assert.deepEqual(outcomes.toSorted(), ['done', 'totp_code_reused'])
  const { data } = await sdk.auditEvents.listPage({ limit: 100 })
  const signIns = data.filter(({ action, outcome }) => action === 'login' && outcome === 'success')
  assert.equal(signIns.length, 1)
  assert.equal((await sdk.users.listPage({ limit: 100 })).data.length, 1)
}

test('207 on a full disk nobody gets in, and when there is room again they do (sqlite)', async (t) => {
  const prlimit = judge('prlimit', 'util-linux')
  if (prlimit.missing) return t.diagnostic(`not checked: a full disk (${prlimit.missing})`)
  const scene = await openScene(t)
  const { server, begin } = scene
  const limitFiles = (bytes: string) => prlimit.run([`--pid=${server.pid}`, `--fsize=${bytes}:unlimited`])
  const challenges = [await begin(), await begin()] as const

  limitFiles('0')
  await assertNothingPasses(scene, challenges)
  const health = await fetch(`${server.url}/readyz`)
  assert.equal(health.status, 503)

  limitFiles('unlimited')
  await assertRecovered(scene, challenges)
})

test('209 while the database is held nobody gets in and nobody waits long; then they do (postgres)', async (t) => {
  const database = await emptyDatabase()
  if (!database) return t.diagnostic('not checked: PostgreSQL (run the tests with npm test)')
  const scene = await openScene(t, {
    GATEHOUSE_DATABASE_URL: database.url,
    GATEHOUSE_PUBLIC_URL: 'https://gatehouse.test',
  })
  const { server, begin } = scene
  const challenges = [await begin(), await begin()] as const
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  t.after(async () => {
    await server.stop()
    await holder.end()
    await database.drop()
  })

  await holder.query('begin')
  await holder.query('lock table event in share mode')
  const since = performance.now()
  await assertNothingPasses(scene, challenges)
  const tookMs = performance.now() - since
  assert.ok(tookMs < 20_000, `it took ${tookMs} ms`)

  await holder.query('rollback')
  await assertRecovered(scene, challenges)
})
