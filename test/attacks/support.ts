import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { after, type TestContext, test } from 'node:test'
import { type EventType, events } from '@gatehouse/contract/events'
import type { Policy } from '@gatehouse/contract/policy'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import type { AuditEvent, User } from '@gatehouse/contract/resources'
import { createGatehouse, type Gatehouse } from '@gatehouse/sdk'
import {
  startTestServer,
  type TestClientOptions,
  type TestServer,
  unlimited,
} from '@gatehouse/testing/start-test-server'
import { type PhoneAccount, virtualPhone } from '@gatehouse/testing/virtual-phone'
import { emptyDatabase } from '../empty-database.ts'

/** The server under attack, with somebody who reads the record of both of its tenants. */
export interface House {
  readonly server: TestServer
  /** A new client application. */
  newApp(options?: TestClientOptions): Promise<App>
  /** What `act` puts on record, in either tenant, the oldest first. */
  recordOf(act: () => Promise<unknown>): Promise<readonly AuditEvent[]>
}

/** Somebody who has an address to sign in with. */
export type Person = User & { readonly email: string }

/** A client application that can be honest (`sdk`) and can send anything (`send`). */
export interface App {
  readonly house: House
  readonly id: string
  readonly slug: string
  readonly secret: string
  readonly sdk: Gatehouse
  send(attempt: Attempt): Promise<Answer>
  /** A user of this application, watched by `assertRefused` from now on. */
  createUser(given?: { readonly email?: string; readonly password?: string }): Promise<Person>
  /** All that its users are and have, as the API shows it, and who was made last. */
  look(): Promise<unknown>
}

/** One request. What is not said is as an honest application does it. */
export interface Attempt {
  readonly method?: string
  readonly path: string
  /** Bytes, sent as they are; or a value, sent as JSON with a nonce. */
  readonly body?: Uint8Array | string | Readonly<Record<string, unknown>> | undefined
  /** What is signed instead of the body. */
  readonly signed?: Uint8Array | string
  /** Seconds that the timestamp is ahead of the server's clock. */
  readonly skewSeconds?: number
  /** Undefined leaves a header out, a list sends it more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Who signs it, in place of the application. */
  readonly by?: Pick<App, 'slug' | 'secret'>
  /** Another address of the same server. */
  readonly to?: string
  /** The local address that the call comes from. */
  readonly from?: string
  readonly agent?: Agent
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON; undefined if it is none. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

/** How a refusal must look: its problem, and the one event that tells of it. */
interface Refusal {
  readonly code: ProblemCode
  /** `request.refused` unless given. */
  readonly event?: EventType
  readonly reason?: string
  /** What must not come up in answer or record. */
  readonly secrets?: readonly string[]
  /** Set where it is part of the refusal that something ends. */
  readonly changes?: true
}

export type Engine = 'sqlite' | 'postgres'

export const password = 'seven unrelated words in a row'

type Attack = (title: string, run: (app: App, t: TestContext) => Promise<void>) => void

/** Registers a case of the catalogue once for each engine; the cases of a process share one server of each. */
export const attack = attacksOn({})

/** The same for a case that does not depend on what the engine does. */
export const attackOnSqlite = attacksOn({}, ['sqlite'])

/** The same on servers with another policy, or other settings. */
export function attacksOn(
  policy: Partial<Policy>,
  engines: readonly Engine[] = ['sqlite', 'postgres'],
  settings: Readonly<Record<string, string>> = {},
): Attack {
  const houses = new Map<Engine, Promise<OpenHouse | undefined>>()
  let coming = 0
  const closeAll = async () => {
    for (const opening of houses.values()) await (await opening)?.close()
    houses.clear()
  }
  // For cases that are left out by their names.
  after(closeAll)
  return (title, run) => {
    for (const engine of engines) {
      coming++
      test(`${title} (${engine})`, async (t) => {
        const opening = houses.get(engine) ?? openHouse(engine, policy, settings)
        houses.set(engine, opening)
        const house = await opening
        if (!house) {
          t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set; run the tests with npm test)')
          return
        }
        try {
          await run(await house.newApp(), t)
          assert.deepEqual(house.server.failures.splice(0), [], 'the server failed on its own')
        } finally {
          // Other files may go on in this process. What the case itself has to tidy up comes before.
          t.after(() => --coming || closeAll())
        }
      })
    }
  }
}

type OpenHouse = House & { close(): Promise<void> }

async function openHouse(
  engine: Engine,
  policy: Partial<Policy>,
  settings: Readonly<Record<string, string>>,
): Promise<OpenHouse | undefined> {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  if (engine === 'postgres' && !database) return undefined
  const server = await startTestServer({ databaseUrl: database?.url, policy: { ...unlimited, ...policy }, settings })
  const close = async () => {
    await server.stop()
    await database?.drop()
  }
  return { ...(await houseOf(server)), close }
}

/** The house of a server that somebody else starts and stops. */
export async function houseOf(server: TestServer): Promise<House> {
  const auditors = [await server.client({ tenant: 'default' }), await server.client({ tenant: 'default-test' })]
  const newest = (auditor: Gatehouse) => auditor.auditEvents.listPage({ limit: 1 }).then(({ data }) => data[0]?.id)
  const house: House = {
    server,
    async newApp(options) {
      const { id, slug, secret } = await server.createClient(options)
      return appOf(house, { id, slug, secret })
    },
    async recordOf(act) {
      const before = await Promise.all(auditors.map(newest))
      await act()
      const record: AuditEvent[] = []
      for (const [index, auditor] of auditors.entries()) {
        for await (const event of auditor.auditEvents.list()) {
          if (event.id === before[index]) break
          // That the auditors look is no deed of `act`.
          if (event.type !== 'audit.read') record.unshift(event)
        }
      }
      return record
    },
  }
  return house
}

function appOf(house: House, { id, slug, secret }: { id: string; slug: string; secret: string }): App {
  const { url, clock } = house.server
  const sdk = createGatehouse({ url, clientId: slug, secret, now: clock.now, retries: { max: 0 } })
  const users: User[] = []
  return {
    house,
    id,
    slug,
    secret,
    sdk,
    send: (attempt) => send(attempt.to ?? url, { slug, secret, now: clock.now(), ...attempt.by }, attempt),
    async createUser({ email = `${randomUUID()}@example.test`, ...given } = {}) {
      const user = await sdk.users.create({ email, ...given })
      users.push(user)
      return user
    },
    async look() {
      const seen = users.map(async ({ id }) => [await sdk.users.get({ id }), await sdk.users.factors.list({ id })])
      return [(await sdk.users.listPage({ limit: 1 })).data, await Promise.all(seen)]
    },
  }
}

/** `sha256=` and the hex of the HMAC, written down once more: the judge of the server's own. */
export function sign(secret: string, timestamp: string | number, body: Uint8Array | string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`
}

/** JSON that is never the same twice. */
export function jsonWithNonce(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...value, nonce: randomUUID() })
}

const keptAlive = new Agent({ keepAlive: true })
after(() => keptAlive.destroy())

/** Signs and sends one request. */
export function send(url: string, by: Signer, attempt: Attempt): Promise<Answer> {
  const { open, finish } = prepare(url, by, attempt)
  finish()
  return open
}

/**
 * Sends requests that all meet the server at once: each is held back by its last byte until all others have come as
 * far.
 */
export async function sendTogether(app: App, attempts: readonly Attempt[]): Promise<readonly Answer[]> {
  const { url, clock } = app.house.server
  const agent = new Agent()
  const prepared = attempts.map((attempt) => prepare(url, { ...app, now: clock.now() }, { ...attempt, agent }))
  await Promise.all(prepared.map(({ holdBack }) => holdBack()))
  for (const { finish } of prepared) finish()
  return Promise.all(prepared.map(({ open }) => open))
}

interface Signer {
  readonly slug: string
  readonly secret: string
  readonly now: Date
}

interface Prepared {
  readonly open: Promise<Answer>
  /** Sends all but the last byte. */
  holdBack(): Promise<void>
  finish(): void
}

function prepare(url: string, by: Signer, attempt: Attempt): Prepared {
  const { path, headers, skewSeconds = 0, from } = attempt
  const method = attempt.method ?? (attempt.body === undefined ? 'GET' : 'POST')
  const body = bytesOf(attempt.body)
  const timestamp = String(Math.floor(by.now.getTime() / 1000) + skewSeconds)
  const all = {
    host: new URL(url).host,
    'x-client-id': by.slug,
    'x-timestamp': timestamp,
    'x-signature': sign(by.secret, timestamp, attempt.signed ?? body),
    ...(attempt.body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(body.byteLength),
    }),
    ...headers,
  }
  const flat = Object.entries(all).flatMap(([name, value]) =>
    (value === undefined ? [] : [value].flat()).flatMap((each) => [name, each]),
  )
  const { hostname, port } = new URL(url)
  const sent = request({
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    method,
    path,
    headers: flat,
    agent: attempt.agent ?? (from === undefined ? keptAlive : new Agent()),
    ...(from !== undefined && { localAddress: from }),
  })
  const open = new Promise<Answer>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) })
      })
    })
  })
  let held = body
  return {
    open,
    holdBack: () =>
      new Promise((resolve, reject) => {
        held = body.subarray(-1)
        sent.write(body.subarray(0, -1), (error) => (error ? reject(error) : resolve()))
      }),
    finish: () => void sent.end(held),
  }
}

function bytesOf(body: Attempt['body']): Uint8Array {
  if (body instanceof Uint8Array) return body
  return Buffer.from(typeof body === 'object' ? jsonWithNonce(body) : (body ?? ''))
}

function parse(text: string): Answer['json'] {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Sends what must be refused and asserts all that a refusal owes: the problem document, one event, no secret, nothing
 * changed, and an honest request that works after it.
 */
export async function assertRefused(app: App, attempt: Attempt, refusal: Refusal): Promise<Answer> {
  return assertOutcome(app, attempt, refusal, (answer) => assertProblem(answer, refusal.code))
}

/** Sends a token that must not be good to `/v1/tokens/validate`, which says so in a 200, and puts it on record. */
export async function assertInactive(app: App, token: string, reason: string): Promise<Answer> {
  const attempt = { path: '/v1/tokens/validate', body: { token } }
  const refusal = { event: 'token.rejected', reason, secrets: [token] } as const
  return assertOutcome(app, attempt, refusal, (answer) => {
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(answer.json, { active: false, reason })
  })
}

async function assertOutcome(
  app: App,
  attempt: Attempt,
  refusal: Omit<Refusal, 'code'> & { readonly code?: ProblemCode },
  assertAnswer: (answer: Answer) => void,
): Promise<Answer> {
  const { code, event: type = 'request.refused', reason, secrets = [], changes } = refusal
  const before = await app.look()
  let answer: Answer | undefined
  const record = await app.house.recordOf(async () => {
    answer = await app.send(attempt)
  })
  assert.ok(answer)
  assertAnswer(answer)
  assert.equal(record.length, 1, `events on record: ${record.map((event) => event.type)}`)
  const [event] = record
  assert.deepEqual([event?.type, event?.outcome], [type, events[type].outcome])
  assert.equal(event?.request_id, answer.headers['x-request-id'])
  if (type === 'request.refused') assert.equal(event?.data['code'], code)
  if (reason !== undefined) assert.equal(event?.data['reason'], reason)
  for (const secret of [app.secret, ...secrets].filter((each) => each.length > 3)) {
    assert.ok(!answer.text.includes(secret), 'the answer repeats a secret')
    assert.ok(!JSON.stringify(record).includes(secret), 'the record holds a secret')
  }
  const now = await app.look()
  if (!changes) assert.deepEqual(now, before, 'something has changed')
  return answer
}

/** An RFC 9457 document of the list of problems, and the headers that stand on every answer. */
export function assertProblem(answer: Answer, code: ProblemCode): void {
  const { json: problem, headers } = answer
  const { status, title } = problems[code]
  assert.equal(problem?.['code'], code, `${answer.status} ${answer.text}`)
  assert.equal(answer.status, status)
  assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.deepEqual([problem['status'], problem['title']], [status, title])
  assert.match(String(problem['type']), new RegExp(`^http://gatehouse\\.test/docs/errors/${code}$`))
  assert.equal(problem['request_id'], headers['x-request-id'])
  const members = [
    'type',
    'title',
    'status',
    'detail',
    'code',
    'hint',
    'request_id',
    'errors',
    'server_time',
    'captcha',
  ]
  if (status === 429 || status === 503 || code === 'idempotency_in_progress') {
    members.push('retry_after_seconds')
    assert.match(String(headers['retry-after']), /^[1-9]\d*$/)
    assert.equal(problem['retry_after_seconds'], Number(headers['retry-after']))
  }
  assert.deepEqual(
    Object.keys(problem).filter((name) => !members.includes(name)),
    [],
  )
}

/** An app on a phone, and what the server said of it. */
export interface Enrolled {
  readonly factorId: `fac_${string}`
  readonly account: PhoneAccount
  /** The key as the API showed it. */
  readonly key: string
  readonly recoveryCodes: readonly string[]
}

export const phone = virtualPhone()

/** The code of the step that is `steps` after the current one. */
export function codeOf(app: App, account: PhoneAccount, steps = 0): string {
  return phone.code(account, new Date(app.house.server.clock.now().getTime() + steps * 30_000))
}

/** The newest code that went to this address or number. */
export async function lastCode(app: App, to: string): Promise<string> {
  const codes = (await app.house.server.outbox.all()).filter((message) => message.to === to && message.kind === 'code')
  return codes.at(-1)?.values['code'] ?? assert.fail(`no code was sent to ${to}`)
}

/** Gives the user an active authenticator app, and leaves the current step's code unused. */
export async function enrollPhone(app: App, user: User): Promise<Enrolled> {
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp' })
  const account = phone.scan(enrollment.uri)
  const activated = await app.sdk.factors.activate({ id: factor.id, code: codeOf(app, account, -1) })
  return { factorId: factor.id, account, key: enrollment.secret, recoveryCodes: activated.recovery_codes ?? [] }
}

/** A user with a password and an authenticator app. */
export async function createGuardedUser(app: App): Promise<{ readonly user: Person; readonly phone: Enrolled }> {
  const user = await app.createUser({ password })
  return { user, phone: await enrollPhone(app, user) }
}

/** The challenge that the right password leads to. */
export async function openChallenge(app: App, user: Person): Promise<string> {
  const answer = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'mfa_required', `the answer is ${answer.status}`)
  return answer.challenge.id
}

/** An access token of a user who has no second factor. */
export async function signIn(app: App, user: Person): Promise<string> {
  const answer = await app.sdk.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'authenticated', `the answer is ${answer.status}`)
  return answer.access_token
}

export function verifyAttempt(challengeId: string, code: unknown): Attempt {
  return { path: `/v1/challenges/${challengeId}/verify`, body: { code } }
}

/** No word of an application. */
export const unsigned = { 'x-client-id': undefined, 'x-timestamp': undefined, 'x-signature': undefined }

/** The headers of a person who acts on their own account, in place of those of an application. */
export function asPerson(token: string): NonNullable<Attempt['headers']> {
  return { ...unsigned, authorization: `Bearer ${token}` }
}
