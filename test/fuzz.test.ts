import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { type Operation, pathParameters, problemsOfEveryOperation } from '@gatehouse/contract/operation'
import { operations } from '@gatehouse/contract/operations'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { startTestServer, unlimited } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import fc from 'fast-check'

/** What stands behind the path: answers of the machine under an operation, and of the walls before it. */
const alwaysPossible: ReadonlySet<ProblemCode> = new Set([
  ...problemsOfEveryOperation,
  'not_found',
  'method_not_allowed',
  'rate_limited',
])

/** A house with somebody in it, so that some of what is tried is right. */
async function inhabit(t: TestContext) {
  const server = await startTestServer({ policy: { ...unlimited, challengeAttempts: 1_000_000 } })
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient()
  const gatehouse = await server.client()
  const password = 'a few unrelated words'
  const user = await gatehouse.users.create({ email: 'ada@example.org', password })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp' })
  const phone = virtualPhone()
  const code = phone.nextCode(phone.scan(enrollment.uri), server.clock.now())
  await gatehouse.factors.activate({ id: factor.id, code })
  const answer = await gatehouse.auth.login({ email: user.email, password })
  assert.ok(answer.status === 'mfa_required')
  /** Values that fit somewhere, by the name of the field. */
  const fitting: Readonly<Record<string, readonly unknown[]>> = {
    id: [user.id, factor.id, answer.challenge.id, 'usr_00000000000000000000000000'],
    email: [user.email, 'new@example.org', 'ADA@EXAMPLE.ORG'],
    password: [password, 'other unrelated words'],
    code: [code, '000000', 'k7m2-q9xw-4tzd-81ab'],
    factor_id: [factor.id],
    type: ['totp', 'recovery_codes'],
    algorithm: ['sha1', 'sha256', 'sha512'],
    digits: [6, 8],
    secret: ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    token: ['x', 'a.b.c'],
    limit: [1, 200, '50'],
    end_user: [{ ip: '203.0.113.7' }, { ip: '::1', user_agent: 'x' }],
    reason: ['because'],
    role: ['user'],
    name: ['Ada', null],
    phone_number: ['+4915112345678', null],
    outcome: ['success'],
    since: ['2026-01-01T00:00:00Z'],
  }
  return { server, slug, secret, fitting }
}

const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', '../..', '%2e', "' OR 1=1 --", '1e400', 'NaN', 'x'.repeat(5000)),
  fc.double(),
  fc.maxSafeInteger(),
  fc.jsonValue({ maxDepth: 3 }),
)

/** What a program that is careless about types would put into an address. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** An input for an operation: each field fits, is noise, or is missing; now and then there is one too many. */
function inputFor(operation: Operation, fitting: Readonly<Record<string, readonly unknown[]>>) {
  const fields = Object.keys(operation.input.shape)
  const entries = fields.map((name) => {
    const fits = fitting[name]
      ? [{ weight: 20, arbitrary: fc.constantFrom(...fitting[name]) as fc.Arbitrary<unknown> }]
      : []
    const missing = { weight: fits.length > 0 ? 1 : 12, arbitrary: fc.constant(undefined) }
    return [name, fc.oneof(...fits, { weight: 1, arbitrary: noise as fc.Arbitrary<unknown> }, missing)] as const
  })
  const extra = fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), noise) },
  )
  return fc.tuple(fc.record(Object.fromEntries(entries)), extra).map(([known, more]) => ({ ...more, ...known }))
}

for (const operation of operations as readonly Operation[]) {
  test(`whatever ${operation.id} is asked, it does it or says what is wrong`, async (t) => {
    const { server, slug, secret, fitting } = await inhabit(t)
    let done = 0
    const ask = async (input: Readonly<Record<string, unknown>>) => {
      const rest = { ...input }
      const path = operation.path.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
        const value = rest[name]
        delete rest[name]
        return encodeURIComponent(textOf(value).toWellFormed())
      })
      const reads = operation.method === 'GET'
      const query = new URLSearchParams(
        Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, textOf(value)]])),
      )
      const body = reads ? '' : JSON.stringify(rest)
      const timestamp = String(Math.floor(server.clock.now().getTime() / 1000))
      const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
      const answer = await fetch(`${server.url}${path}${reads ? `?${query}` : ''}`, {
        method: operation.method,
        headers: {
          ...(reads ? {} : { 'content-type': 'application/json' }),
          'x-client-id': slug,
          'x-timestamp': timestamp,
          'x-signature': `sha256=${signature}`,
        },
        ...(reads ? {} : { body }),
      })
      const said = await answer.json()
      if (answer.ok) {
        done++
        assert.equal(answer.status, operation.status)
        operation.output.parse(said)
        return
      }
      const { code, status, request_id } = said as { code: ProblemCode; status: number; request_id: string }
      assert.ok(alwaysPossible.has(code) || operation.problems.includes(code), `${code} is not documented`)
      assert.deepEqual([status, problems[code].status], [answer.status, answer.status])
      assert.ok(answer.status < 500 && answer.status >= 400 && request_id, code)
    }
    await fc.assert(
      // The clock moves, so that equal inputs do not have equal signatures.
      fc.asyncProperty(inputFor(operation, fitting), async (input) => {
        server.clock.advance('1s')
        await ask(input)
      }),
      { numRuns: pathParameters(operation.path).length > 0 ? 60 : 90 },
    )
    assert.deepEqual(server.failures, [])
    t.diagnostic(`${done} were done`)
  })
}
