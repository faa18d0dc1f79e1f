import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { openApiDocument } from '@gatehouse/contract/openapi'
import { type Operation, problemsOf } from '@gatehouse/contract/operation'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { startTestServer, type TestServer, unlimited } from '@gatehouse/testing/start-test-server'
import fc from 'fast-check'
import { fittingInput, type Input, learn, likelyInputs, noise, requestOf, spoiledInput } from './any-input.ts'
import { houseOf } from './attacks/support.ts'
import { type FuzzHouse, fuzzHouse } from './fuzz-house.ts'

/** A reset takes away what the others are tried on: test/sandbox.test.ts tries it. */
const all: readonly Operation[] = everyOperation
  .filter(({ id }) => id !== 'resetTestTenant')
  // What changes the rules of the whole tenant comes after those that go by them.
  .toSorted((a, b) => Number(a.id === 'changePolicy') - Number(b.id === 'changePolicy'))

/** What stands behind the path. */
const alwaysPossible: readonly ProblemCode[] = ['not_found', 'method_not_allowed']

/** What they want is a signature, a link, a file of a maker, or a code that does not outlive three wrong ones. */
const notGuessed: ReadonlySet<string> = new Set([
  ...['verifyPasskey', 'pairDevice', 'listPushRequests', 'answerPushRequest', 'subscribeDevice'],
  ...['sendAdministratorChallenge', 'verifyAdministratorChallenge', 'verifyAdministratorPasskey'],
  ...['refreshAdministrator', 'resetPassword', 'disownSignIn', 'redeemCode', 'importHardwareTokens', 'resyncFactor'],
  ...['verifyChallenge', 'activateFactor', 'activateMyFactor', 'confirmEmailVerification', 'confirmPhoneVerification'],
  ...['confirmMyEmail', 'confirmMyPhone'],
  // Where nobody may register they refuse whatever they are asked.
  ...['requestRegistration', 'completeRegistration'],
])

/** How long each is asked whatever comes by chance, on top of what is likely. */
const longestMs = 150

type Responses = Readonly<Record<string, unknown>>
const paths = openApiDocument('http://gatehouse.test')['paths'] as Record<
  string,
  Record<string, { responses: Responses }>
>

let server: TestServer
let house: FuzzHouse
before(async () => {
  server = await startTestServer({
    policy: { ...unlimited, challengeAttempts: 1_000_000, webhookEndpoints: 1_000_000 },
  })
  house = fuzzHouse(await houseOf(server))
})
after(() => server.stop())

for (const operation of all) {
  test(`whatever ${operation.id} is asked, it does it or says what is wrong`, async (t) => {
    const { known, ask: send } = await house.inhabit(operation)
    const responses = paths[operation.path]?.[operation.method.toLowerCase()]?.responses ?? {}
    const outcomes: Record<string, number> = {}

    async function ask(attempt: { method: string; path: string; body?: string }): Promise<boolean> {
      // The clock moves, so that equal inputs do not have equal signatures.
      server.clock.advance('1s')
      const { status, text, json, headers } = await send(attempt)
      const what = `${attempt.method} ${attempt.path} ${attempt.body ?? ''}: ${status} ${text}`.slice(0, 2000)
      const outcome = status < 300 ? 'done' : String(json?.['code'])
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      if (status < 300) {
        assert.equal(status, operation.status, what)
        const said: unknown = operation.media ? text : text === '' ? undefined : JSON.parse(text)
        assert.deepEqual(operation.output.parse(said), said, 'the answer has what the contract does not know')
        learn(known, said)
        return true
      }
      const code = json?.['code'] as ProblemCode
      assert.ok(status >= 400 && status < 500, what)
      assert.ok(
        alwaysPossible.includes(code) || problemsOf(operation).includes(code),
        `${code} is not documented: ${what}`,
      )
      assert.deepEqual([json?.['status'], problems[code].status], [status, status], what)
      assert.ok(code === 'method_not_allowed' || String(status) in responses || code === 'not_found', what)
      assert.equal(json?.['request_id'], headers['x-request-id'])
      return false
    }

    async function isDone(inputs: readonly Input[]): Promise<boolean> {
      for (const input of inputs) if (await ask(requestOf(operation, input))) return true
      return false
    }

    const likely = likelyInputs(operation, known)
    assert.equal(await ask(requestOf(operation, { ...likely[0], nobody: 'knows it' })), false)
    const isGuessed = notGuessed.has(operation.id) || (await isDone(likely))
    assert.ok(isGuessed, `none of what is likely was done: ${JSON.stringify(outcomes)}`)

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
          const said = JSON.stringify(input)
          // What JSON has no word for was sent as null.
          if (method !== 'GET' && done) assert.ok(operation.input.safeParse(JSON.parse(said)).success, said)
        },
      ),
      { numRuns: 100 },
    )
    assert.deepEqual(server.failures.splice(0), [])
    t.diagnostic(JSON.stringify(outcomes))
  })
}
