import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { openApiDocument } from '@gatehouse/contract/openapi'
import { type Operation, problemsOfEveryOperation, scopes } from '@gatehouse/contract/operation'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { createGatehouse } from '@gatehouse/sdk'
import { startTestServer, type TestServer, unlimited } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import fc from 'fast-check'
import { fittingInput, type Input, type Known, learn, noise, requestOf, spoiledInput } from './any-input.ts'
import { send } from './attacks/support.ts'

/**
 * Those of client applications, and those that anybody can call. A reset takes away what the others are tried on:
 * test/sandbox.test.ts tries it.
 */
const all: readonly Operation[] = everyOperation.filter(
  ({ id, caller }) => id !== 'resetTestTenant' && caller !== 'user',
)

/** What stands behind the path: answers of the machine under an operation, and of the walls before it. */
const alwaysPossible: ReadonlySet<ProblemCode> = new Set([
  ...problemsOfEveryOperation,
  'not_found',
  'method_not_allowed',
  'authentication_required',
])

/** So that the whole takes about ten seconds, however many operations there are. */
const longestMs = Math.max(300, 10_000 / all.length)

type Responses = Readonly<Record<string, unknown>>
const paths = openApiDocument('http://gatehouse.test')['paths'] as Record<
  string,
  Record<string, { responses: Responses }>
>

let server: TestServer
before(async () => {
  server = await startTestServer({ policy: { ...unlimited, challengeAttempts: 1_000_000 } })
})
after(() => server.stop())

/** A client with somebody in its house, so that some of what is asked is right. */
async function inhabit() {
  const client = await server.createClient({ scopes })
  // Who asks must not disable itself.
  const { id: other } = await server.createClient()
  const gatehouse = createGatehouse({
    url: server.url,
    clientId: client.slug,
    secret: client.secret,
    now: server.clock.now,
    retries: { max: 0 },
  })
  const password = 'a few unrelated words'
  const known: Known = { ids: new Map(), values: new Map() }
  const values: Readonly<Record<string, readonly unknown[]>> = {
    password: [password, 'other unrelated words'],
    code: ['000000', 'k7m2-q9xw-4tzd-81ab'],
    secret: ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    token: ['a.b.c'],
    allow: [['127.0.0.1'], ['any', '10.0.0.0/8']],
    overlap_seconds: [0, 604_800],
  }
  for (const [name, fits] of Object.entries(values)) known.values.set(name, [...fits])
  learn(known, { id: other, secrets: await gatehouse.clients.secrets.list({ id: other as `cli_${string}` }) })
  for (const guarded of [false, true]) {
    const user = await gatehouse.users.create({ email: `${client.slug}-${guarded}@example.org`, password })
    known.values.set('email', [...(known.values.get('email') ?? []), user.email, user.email.toUpperCase()])
    learn(known, user)
    if (guarded) {
      const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
      assert.ok(enrollment.type === 'totp')
      const code = virtualPhone().nextCode(virtualPhone().scan(enrollment.uri), server.clock.now())
      learn(known, await gatehouse.factors.activate({ id: factor.id, code }))
    }
    learn(known, await gatehouse.auth.login({ email: user.email, password }))
  }
  return { client, known }
}

for (const operation of all) {
  test(`whatever ${operation.id} is asked, it does it or says what is wrong`, async (t) => {
    const { client, known } = await inhabit()
    const responses = paths[operation.path]?.[operation.method.toLowerCase()]?.responses ?? {}
    const count = { asked: 0, done: 0 }

    async function ask(attempt: { method: string; path: string; body?: string }): Promise<boolean> {
      // The clock moves, so that equal inputs do not have equal signatures.
      server.clock.advance('1s')
      const { status, text, json, headers } = await send(server.url, { ...client, now: server.clock.now() }, attempt)
      const what = `${attempt.method} ${attempt.path} ${attempt.body ?? ''}: ${status} ${text}`.slice(0, 2000)
      count.asked++
      if (status < 300) {
        count.done++
        assert.equal(status, operation.status, what)
        const said: unknown = operation.media ? text : text === '' ? undefined : JSON.parse(text)
        assert.deepEqual(operation.output.parse(said), said, 'the answer has what the contract does not know')
        learn(known, said)
        return true
      }
      const code = json?.['code'] as ProblemCode
      assert.ok(status >= 400 && status < 500, what)
      assert.ok(alwaysPossible.has(code) || operation.problems.includes(code), `${code} is not documented: ${what}`)
      assert.deepEqual([json?.['status'], problems[code].status], [status, status], what)
      assert.ok(code === 'method_not_allowed' || String(status) in responses || code === 'not_found', what)
      assert.equal(json?.['request_id'], headers['x-request-id'])
      return false
    }

    const fits = fittingInput(operation, known).map((input) => ({ input, isWhole: true }))
    const spoiled = spoiledInput(operation, known).map((input) => ({ input, isWhole: true }))
    const anything = noise.map((input) => ({ input, isWhole: false }))
    let endsMs = Number.POSITIVE_INFINITY
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 5, arbitrary: fits }, { weight: 4, arbitrary: spoiled }, anything),
        async (each) => {
          // The first one is asked on the slowest machine.
          if (performance.now() > endsMs) return
          endsMs = Math.min(endsMs, performance.now() + longestMs)
          const { method } = operation
          if (!each.isWhole) {
            // In place of the whole body.
            if (method !== 'GET') await ask({ ...requestOf(operation, {}), body: JSON.stringify(each.input) ?? '' })
            return
          }
          const input = each.input as Input
          const done = await ask(requestOf(operation, input))
          // A query is text; what else is refused by the contract is refused by the server.
          if (method !== 'GET' && done) assert.ok(operation.input.safeParse(input).success, JSON.stringify(input))
        },
      ),
      { numRuns: 100 },
    )
    assert.deepEqual(server.failures.splice(0), [])
    t.diagnostic(`${count.done} of ${count.asked} were done`)
  })
}
