import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import {
  type Answer,
  type App,
  type Attempt,
  asPerson,
  assertProblem,
  assertRefused,
  attacksOn,
  password,
  signIn,
} from './support.ts'

const attack = attacksOn({ rateAuthPerMinute: 10, rateValidatePerMinute: 100, rateUsersPerMinute: 50 })

/** Whoever looks on must not meet the limits of the one under attack. */
const roomy = { limits: { auth: 100_000, validate: 100_000, users: 100_000, other: 100_000 } }

async function flooded(app: App): Promise<{ readonly witness: App; readonly by: App }> {
  return { witness: await app.house.newApp(roomy), by: app }
}

let accounts = 0
const login = (ip: string): Attempt => ({
  path: '/v1/auth/login',
  body: { email: `nobody-${accounts++}@example.test`, password: 'x', end_user: { ip } },
})
const validation = (ip: string): Attempt => ({ path: '/v1/tokens/validate', body: { token: 'x', end_user: { ip } } })

const waitOf = ({ headers }: Answer) => String(headers['retry-after'])

attack(
  '033 the request after the last of a minute is refused, in every class, and works when the wait is over',
  async (app) => {
    const { witness, by } = await flooded(app)
    const classes = [
      { make: () => login('203.0.113.1'), limit: 10, judged: 401 },
      { make: () => validation('203.0.113.1'), limit: 100, judged: 200 },
      { make: (): Attempt => ({ path: '/v1/users?limit=1' }), limit: 50, judged: 200 },
      { make: (): Attempt => ({ path: '/v1/users', body: { email: 'no address' } }), limit: 0, judged: 400 },
    ]
    for (const { make, limit, judged } of classes) {
      for (let index = 0; index < limit; index++) assert.equal((await by.send(make())).status, judged)
      if (limit === 0) {
        // What has no sound body is refused for that, and opens no budget of its own.
        assertProblem(await by.send(make()), 'invalid_request')
        continue
      }
      app.house.server.clock.advance('20s')
      const refused = await assertRefused(witness, { ...make(), by }, { code: 'rate_limited', secrets: [by.secret] })
      assert.equal(waitOf(refused), '40')
      // The others of that minute are refused without a word on record.
      const record = await app.house.recordOf(() => Promise.all([by.send(make()), by.send(make())]))
      assert.deepEqual(record, [])
      app.house.server.clock.advance('39s')
      assert.equal(waitOf(await by.send(make())), '1')
      app.house.server.clock.advance('1s')
      assert.equal((await by.send(make())).status, judged)
      app.house.server.clock.advance('60s')
    }
  },
)

attack('033 who names a new person in each request, or nobody, has the total of their client', async (app) => {
  const by = await app.house.newApp({ limits: { total: 8, validate: 5 } })
  const answers: Answer[] = []
  for (let index = 0; index < 4; index++) answers.push(await by.send(validation(`203.0.113.${index}`)))
  for (const body of ['[', {}, { token: 1 }]) answers.push(await by.send({ path: '/v1/tokens/validate', body }))
  answers.push(await by.send({ path: '/v1/users?limit=1' }))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 400, 400, 400, 200],
  )
  assert.deepEqual(
    [answers[0], answers[6]].map((answer) => [answer?.headers['ratelimit-policy'], answer?.headers['ratelimit']]),
    [
      ['"total";q=8;w=60, "validate";q=5;w=60', '"total";r=7;t=0, "validate";r=4;t=0'],
      ['"total";q=8;w=60', '"total";r=1;t=0'],
    ],
  )
  app.house.server.clock.advance('20s')
  const refused = await assertRefused(app, { ...validation('203.0.113.9'), by }, { code: 'rate_limited' })
  assert.equal(waitOf(refused), '40')
  assert.equal((await app.send(validation('203.0.113.9'))).status, 200, 'another client has another total')
  app.house.server.clock.advance('40s')
  assert.equal((await by.send(validation('203.0.113.9'))).status, 200)
})

attack('033 041 who calls for themselves has one budget for what makes sense and what does not', async (app) => {
  const { witness, by } = await flooded(app)
  const user = await witness.createUser({ password })
  const headers = asPerson(await signIn(witness, user))
  const answers: Answer[] = []
  const record = await app.house.recordOf(async () => {
    for (let index = 0; index < 40; index++) {
      answers.push(await by.send({ path: '/v1/me/password', headers, body: index % 2 ? '[' : { current_password: 1 } }))
    }
  })
  for (const { status } of answers.slice(0, 10)) assert.equal(status, 400)
  for (const answer of answers.slice(10)) assertProblem(answer, 'rate_limited')
  assert.equal(record.length, 11, 'the others are refused without a word on record')
})

attack('033 many sources at one account, and one source at many accounts, are limited alike', async (app) => {
  const { witness, by } = await flooded(app)
  const at = (ip: string, email: string): Attempt => ({
    path: '/v1/auth/login',
    body: { email, password: 'x', end_user: { ip } },
  })
  for (let index = 0; index < 10; index++) await by.send(at(`203.0.113.${index}`, 'ada@example.test'))
  await assertRefused(witness, { ...at('203.0.113.99', 'ADA@example.test'), by }, { code: 'rate_limited' })
  assert.equal((await by.send(at('203.0.113.99', 'eve@example.test'))).status, 401)
})

attack('035 a hundred addresses of one IPv6 network are one source', async (app) => {
  const { by } = await flooded(app)
  const statuses: number[] = []
  const record = await app.house.recordOf(async () => {
    for (let index = 0; index < 100; index++) {
      const [subnet, host] = [index.toString(16), (1 + ((index * 7919) % 0xffff)).toString(16)]
      statuses.push((await by.send(login(`2001:db8:0:7:${subnet}::${host}`))).status)
    }
  })
  assert.deepEqual(statuses, [...Array(10).fill(401), ...Array(90).fill(429)])
  assert.equal(record.filter(({ type }) => type === 'request.refused').length, 1)
  assert.equal((await by.send(login('2001:db8:0:8::1'))).status, 401, 'the next network is another source')
})

attack('036 every spelling of an address is one source', async (app) => {
  const { witness, by } = await flooded(app)
  for (const spellings of [
    ['::1', '0:0:0:0:0:0:0:1', '0000:0000:0000:0000:0000:0000:0000:0001', '::0001'],
    ['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7F00:1', '::ffff:7f00:1', '0:0:0:0:0:ffff:127.0.0.1'],
    ['2001:db8::abcd', '2001:DB8:0:0:0:0:0:ABCD', '2001:0db8:0000::abcd'],
  ]) {
    const spelling = (index: number) => spellings[index % spellings.length] ?? ''
    for (let index = 0; index < 10; index++) assert.equal((await by.send(login(spelling(index)))).status, 401)
    await assertRefused(witness, { ...login(spelling(0)), by }, { code: 'rate_limited' })
    for (const ip of spellings) assertProblem(await by.send(login(ip)), 'rate_limited')
  }
})

attack('037 every spelling of a path is one budget, or none', async (app) => {
  const { by } = await flooded(app)
  const spellings = [
    ...['/v1/auth/login', '/v1/auth/login/', '//v1/auth/login', '/v1//auth/login', '/V1/auth/login', '/v1/auth/LOGIN'],
    ...['/v1/auth/login?x', '/v1/auth/login?', '/v1/auth/login#x', '/v1/auth/%6cogin', '/%76%31/auth/login'],
    ...['/v1/auth/./login', '/v1/auth/x/../login', '/v1/auth/login;x', '/v1/auth/login%20', '/v1/auth/login%00'],
    ...['/v1%2fauth%2flogin', '/v1/auth/login.json', '/./v1/auth/login', '/v1/auth/log%69n?'],
  ]
  const answers: Answer[] = []
  for (let round = 0; round < 6; round++) {
    for (const path of spellings) answers.push(await by.send({ ...login('203.0.113.1'), path }))
  }
  const judged = answers.filter(({ status }) => status === 401)
  assert.equal(judged.length, 10)
  const isFound = (_path: string, index: number) => [401, 429].includes(answers[index]?.status ?? 0)
  assert.deepEqual(
    spellings.filter(isFound),
    ['/v1/auth/login', '/v1/auth/login?'],
    'what is spelt otherwise is nowhere',
  )
  for (const { status } of answers) assert.ok([400, 401, 404, 429].includes(status), `${status}`)
  assert.equal(answers.at(-1)?.status === 429 || answers.at(-1)?.status === 404, true)
})

test('041 a flood at the document of the API keeps nobody waiting', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const since = performance.now()
  for (let index = 0; index < 300; index++) {
    const answer = await fetch(`${server.url}/openapi.json`)
    assert.equal(answer.status, 200)
    await answer.arrayBuffer()
  }
  const tookMs = performance.now() - since
  assert.ok(tookMs < 12_000, `it took ${tookMs} ms`)
})

attack('041 what is refused costs no hash: a flood of refused sign-ins is as cheap as it is long', async (app) => {
  const { by } = await flooded(app)
  const timeOf = async (act: () => Promise<Answer>, times: number, status: number) => {
    const since = performance.now()
    for (let index = 0; index < times; index++) assert.equal((await act()).status, status)
    return (performance.now() - since) / times
  }
  const judgedMs = await timeOf(() => by.send(login('203.0.113.1')), 10, 401)
  const refusedMs = await timeOf(() => by.send(login('203.0.113.1')), 300, 429)
  assert.ok(refusedMs < judgedMs / 3, `judged ${judgedMs} ms, refused ${refusedMs} ms`)
})
