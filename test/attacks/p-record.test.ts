import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { createGatehouse } from '@gatehouse/sdk'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import pg from 'pg'
import { emptyDatabase } from '../empty-database.ts'
import { makeFolder, runGatehouse, startGatehouse } from './cli-server.ts'
import {
  type Answer,
  type Attempt,
  attack,
  codeOf,
  createGuardedUser,
  openChallenge,
  send,
  sign,
  verifyAttempt,
} from './support.ts'

/** Everything secret that was sent or shown, by name, and everything that came out, apart from where it was shown. */
interface Traces {
  readonly canaries: Map<string, string | Buffer>
  readonly outputs: Map<string, Buffer>
  readonly email: string
}

/** Walks through the whole house with canaries, on a server in a process of its own. */
async function leaveTraces(t: TestContext, env: Readonly<Record<string, string>>): Promise<Traces> {
  const limits = ['--limit', 'auth=1000', '--limit', 'users=1000']
  const made = await runGatehouse(['clients', 'create', 'portal', '--allow', '127.0.0.1', '--json', ...limits], env)
  assert.equal(made.code, 0, made.stderr)
  const { slug, secret } = JSON.parse(made.stdout) as { slug: string; secret: string }
  const server = await startGatehouse(t, env)
  const gatehouse = createGatehouse({ url: server.url, clientId: slug, secret })
  const canaries = new Map<string, string | Buffer>([['client secret', secret]])
  const canary = (name: string) => {
    const value = `canary-${randomBytes(8).toString('hex')}`
    canaries.set(name, value)
    return value
  }
  const refusals: Answer[] = []
  const attempt = async (wanted: Attempt) => {
    refusals.push(await send(server.url, { slug, secret, now: new Date() }, wanted))
  }

  const email = `${randomUUID()}@example.test`
  const password = canary('password')
  const user = await gatehouse.users.create({ email, password })
  await attempt({ path: '/v1/users', body: { email, password: canary('password of a second account') } })
  await attempt({ path: '/v1/auth/login', body: { email, password: canary('wrong password') } })
  await attempt({ path: '/v1/auth/login', body: { email: `x${email}`, password: canary('password of nobody') } })

  const phone = virtualPhone()
  // Eight digits, so that none is found by chance.
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp', digits: 8 })
  const account = phone.scan(enrollment.uri)
  canaries.set('TOTP secret', enrollment.secret).set('TOTP key', Buffer.from(account.key))
  const code = (ahead = 0) => phone.code(account, new Date(Date.now() + ahead * 30_000))
  const wrongCode = code(1000)
  canaries.set('wrong code', wrongCode)
  await attempt({ path: `/v1/factors/${factor.id}/activate`, body: { code: wrongCode } })
  const first = code(-1)
  canaries.set('first code', first)
  const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factor.id, code: first })
  for (const [index, each] of recovery_codes.entries()) {
    canaries.set(`recovery code ${index}`, each).set(`recovery code ${index}, bare`, each.replaceAll('-', ''))
  }
  const login = async () => {
    const answer = await gatehouse.auth.login({ email, password })
    assert.ok(answer.status === 'mfa_required')
    return answer.challenge.id
  }
  const second = code(1)
  canaries.set('second code', second)
  const challenge = await login()
  await attempt({ path: `/v1/challenges/${challenge}/verify`, body: { code: wrongCode } })
  const session = await gatehouse.challenges.verify({ id: challenge, code: second, remember_device: true })
  await attempt({ path: `/v1/challenges/${await login()}/verify`, body: { code: second } })
  await gatehouse.challenges.verify({ id: await login(), code: recovery_codes[0] ?? '' })
  await attempt({ path: `/v1/challenges/${await login()}/verify`, body: { code: recovery_codes[0] } })

  const token = session.access_token
  assert.ok(session.device_token)
  canaries.set('device token', session.device_token)
  canaries.set('token', token).set('claims of the token', token.split('.')[1] ?? '')
  canaries.set('signature of the token', token.split('.')[2] ?? '')
  await gatehouse.tokens.validate({ token })
  await gatehouse.tokens.validate({ token: `${token.slice(0, -4)}AAAA` })
  await gatehouse.auth.logout({ token })
  await attempt({ path: '/v1/auth/logout', body: { token } })

  // Where a value might be repeated that we could not read.
  await attempt({ path: '/v1/auth/login', body: `{"password":"${canary('a body that is no JSON')}` })
  await attempt({ path: '/v1/auth/login', body: { email: canary('a value of the wrong form'), password: 1 } })
  await attempt({ path: '/v1/auth/login', body: { email, password, unknown: canary('a field that is unknown') } })
  await attempt({ path: '/v1/auth/login', body: `"${canary('a body that is no object')}"` })
  await attempt({
    path: '/v1/auth/login',
    body: canary('a body of another type'),
    headers: { 'content-type': 'text/plain' },
  })
  await attempt({ path: '/v1/auth/login', body: canary('a body that is too large').padEnd(70_000, '.') })
  await attempt({ path: `/v1/users?token=${canary('a query that is unknown')}` })
  await attempt({ path: `/v1/users?cursor=${canary('a cursor')}` })
  await attempt({ path: `/v1/users/${canary('an id')}` })
  await attempt({ path: `/${canary('a path')}` })
  await attempt({ method: 'QUERY', path: '/v1/users', body: canary('the body of a strange method') })
  const secretHeaders = ['authorization', 'cookie', 'x-session-token', 'x-mfa-token', 'x-signature']
  const headers = Object.fromEntries(secretHeaders.map((name) => [name, canary(`the header ${name}`)]))
  await attempt({ path: '/v1/users', headers })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const body = JSON.stringify({ token: randomUUID() })
  const signature = sign(secret, timestamp, body)
  canaries.set('signature', signature.slice('sha256='.length))
  for (const _ of [1, 2]) {
    const signed = { 'x-timestamp': timestamp, 'x-signature': signature }
    await attempt({ path: '/v1/tokens/validate', body, headers: signed })
  }
  assert.ok(refusals.every(({ status }) => status < 500))

  const record: AuditEvent[] = []
  for await (const event of gatehouse.auditEvents.list()) record.push(event)
  assert.ok(record.length > 20)
  const { code: exitCode, stdout, stderr } = await server.stop()
  assert.equal(exitCode, 0)
  return {
    canaries,
    email,
    outputs: new Map([
      ['the record', Buffer.from(JSON.stringify(record))],
      ['the answers', Buffer.from(refusals.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'))],
      ['the log', Buffer.from(stdout + stderr)],
    ]),
  }
}

/** Finds every canary in every form in which it might have been written. */
function findLeaks({ canaries, outputs }: Traces): string[] {
  return [...canaries].flatMap(([name, value]) => {
    const bytes = Buffer.from(value)
    const texts = (['base64', 'base64url', 'hex'] as const).map((encoding) => bytes.toString(encoding))
    const forms = [bytes, ...texts, texts[2]!.toUpperCase(), Buffer.from(bytes.toString('latin1'), 'utf16le')]
    return [...outputs]
      .filter(([, output]) => forms.some((form) => output.includes(form)))
      .map(([where]) => `${name} is in ${where}`)
  })
}

function readFiles(folder: string): Buffer {
  const files = readdirSync(folder).filter((name) => name.startsWith('gatehouse.db'))
  assert.ok(files.length > 0)
  return Buffer.concat(files.map((name) => readFileSync(join(folder, name))))
}

test('170 no secret comes up in log, record, answers or the encrypted database', async (t) => {
  const folder = makeFolder(t)
  const traces = await leaveTraces(t, { GATEHOUSE_DATA_DIR: folder })
  traces.outputs.set('the database', readFiles(folder))
  assert.deepEqual(findLeaks(traces), [])
  assert.ok(!traces.outputs.get('the database')!.includes(traces.email))
  // The search finds what is there.
  traces.canaries.set('the address', traces.email)
  assert.deepEqual(findLeaks(traces), ['the address is in the record'])
})

test('170 a database that is not encrypted holds no secret in the clear', async (t) => {
  const folder = makeFolder(t)
  const traces = await leaveTraces(t, { GATEHOUSE_DATA_DIR: folder, GATEHOUSE_ENCRYPT_DATABASE: 'off' })
  traces.outputs.set('the database', readFiles(folder))
  assert.deepEqual(findLeaks(traces), [])
  traces.canaries.set('the address', traces.email)
  assert.deepEqual(findLeaks(traces), ['the address is in the record', 'the address is in the database'])
})

test('170 a PostgreSQL database holds no secret in the clear (postgres)', async (t) => {
  const database = await emptyDatabase()
  if (!database)
    return t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set; run the tests with npm test)')
  t.after(database.drop)
  const traces = await leaveTraces(t, { GATEHOUSE_DATA_DIR: makeFolder(t), GATEHOUSE_DATABASE_URL: database.url })
  traces.outputs.set('the database', await dump(database.url))
  assert.deepEqual(findLeaks(traces), [])
  traces.canaries.set('the address', traces.email)
  assert.deepEqual(findLeaks(traces), ['the address is in the record', 'the address is in the database'])
})

/** Every row of every table as text; bytes are hexadecimal. */
async function dump(url: string): Promise<Buffer> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    )
    let text = ''
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select each::text as row from ${name} each`)
      text += rows.map(({ row }) => row).join('\n')
    }
    return Buffer.from(text)
  } finally {
    await client.end()
  }
}

/** What the mission demands of every event. */
const fields = ['user_id', 'ip_address', 'user_agent', 'action', 'client_system', 'timestamp', 'geo_location']

attack('173 every event has every field, and its place, whatever the clock does', async (app) => {
  const { clock } = app.house.server
  const end_user = { ip: '2001:DB8::7', user_agent: 'Firefox/150' }
  const start = clock.now()
  const record = await app.house.recordOf(async () => {
    const { user, phone } = await createGuardedUser(app)
    await app.send({ path: '/v1/auth/login', body: { email: user.email, password: 'wrong', end_user } })
    clock.set(new Date(start.getTime() - 3_600_000))
    const challenge = await openChallenge(app, user)
    clock.set(start)
    const code = codeOf(app, phone.account)
    await app.send({ path: `/v1/challenges/${challenge}/verify`, body: { code: '000000', end_user } })
    clock.advance('1h')
    const answer = await app.send(verifyAttempt(await openChallenge(app, user), codeOf(app, phone.account)))
    assert.equal(answer.status, 200, answer.text)
    clock.set(start)
    await app.send({ path: '/v1/auth/logout', body: { token: answer.json?.['access_token'], end_user } })
    await app.send(verifyAttempt(challenge, code))
  })
  for (const event of record) {
    for (const field of fields) assert.ok(field in event, `${event.type} has no ${field}`)
    assert.match(event.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.equal(event.client_system, app.slug)
  }
  // One commit has no order of its own: its events stand together.
  const requests = [...Map.groupBy(record, ({ request_id }) => request_id).values()]
  assert.deepEqual(
    requests.map((events) =>
      events
        .map(({ action }) => action)
        .toSorted()
        .join(' '),
    ),
    [
      'password_changed user_created',
      'factor_enrolled',
      'factor_activated recovery_codes_generated',
      'failed_login',
      'login_challenged',
      'mfa_failed',
      'login_challenged',
      'login mfa_succeeded',
      'logout',
      'mfa_failed',
    ],
  )
  const hours = requests.map(([event]) => (Date.parse(event!.timestamp) - start.getTime()) / 3_600_000)
  assert.deepEqual(hours, [0, 0, 0, 0, -1, 0, 1, 1, 0, 0])
  const failed = record.find(({ action }) => action === 'failed_login')
  assert.deepEqual([failed?.ip_address, failed?.user_agent, failed?.outcome], ['2001:db8::7', 'Firefox/150', 'failure'])
  // Found again in whatever spelling the address is asked for.
  for (const ip_address of ['2001:db8::7', '2001:0DB8:0::7']) {
    const { data } = await app.sdk.auditEvents.listPage({ ip_address, client_system: app.slug })
    assert.deepEqual(data.map(({ action }) => action).toSorted(), ['failed_login', 'logout', 'mfa_failed'], ip_address)
  }

  // Pages of the record keep the order and repeat nothing.
  const whole = (await app.sdk.auditEvents.listPage({ client_system: app.slug, limit: 200 })).data
  const paged: typeof whole = []
  for (let cursor: string | undefined; ; ) {
    const page = await app.sdk.auditEvents.listPage({ client_system: app.slug, limit: 3, cursor })
    paged.push(...page.data)
    if (page.next_cursor === null) break
    cursor = page.next_cursor
  }
  assert.deepEqual(paged, whole)
})

attack('the record is searched by an address in any spelling of it', async (app) => {
  const local = randomUUID()
  await app.sdk.users.create({ email: `Ada.${local}@Example.TEST`, password: 'several unrelated words' })
  await app.send({ path: '/v1/auth/login', body: { email: `ADA.${local}@example.test`, password: 'wrong words here' } })
  for (const email of [`ada.${local}@example.test`, `Ada.${local}@EXAMPLE.test`]) {
    const { data } = await app.sdk.auditEvents.listPage({ email })
    assert.deepEqual(
      data.map((event) => [event.type, event.email]),
      [
        ['login.failed', `ada.${local}@example.test`],
        ['user.created', `ada.${local}@example.test`],
      ],
    )
  }
})
