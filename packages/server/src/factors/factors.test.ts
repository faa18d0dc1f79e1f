import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { problems } from '@gatehouse/contract/problems'
import { FactorType } from '@gatehouse/contract/resources'
import { type CreationOptions, type RequestOptions, virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { virtualPushDevice } from '@gatehouse/testing/virtual-push-device'
import fc from 'fast-check'
import { HOTP, Secret, type TOTP, URI } from 'otpauth'
import type { AnyFactor, Question } from './factor.ts'
import { factorsOf } from './factors.ts'

const moment = { now: new Date('2026-11-21T12:00:00Z'), random: randomBytes }
const email = 'alice@example.test'
const owner = { userId: 'usr_1', label: email, email, issuer: 'Example', owned: [] } as const
const site = {
  id: 'example.test',
  name: 'Example',
  origins: ['https://app.example.test'],
  demandsUserVerification: true,
  attestation: undefined,
}
const factors = factorsOf({ policy: defaultPolicy(), passkeys: site, publicUrl: 'https://auth.example.test' })
const newDevice = () => virtualPushDevice({ url: 'https://auth.example.test', now: () => moment.now })
/** That of the last enrolment. */
let device = newDevice()
const passkey = virtualPasskey({ origin: 'https://app.example.test' })

type Given = { readonly secret?: string; readonly phone_number?: string }

/** What must be said at the enrolment of some. */
const needs: Record<string, () => Given> = {
  hotp: () => ({ secret: new Secret({ size: 20 }).base32 }),
  sms: () => ({ phone_number: '+49 1511 2345678' }),
}

/** How an owner answers, from nothing but what they were shown or sent. A new factor needs a line here. */
const answers: Record<string, (shown: Readonly<Record<string, unknown>>, given: Given) => unknown> = {
  totp: ({ uri }) => ({ code: (URI.parse(uri as string) as TOTP).generate({ timestamp: moment.now.getTime() }) }),
  hotp: (_, { secret = '' }) => ({ code: new HOTP({ secret }).generate({ counter: 3 }) }),
  sms: ({ code }) => ({ code }),
  email: ({ code }) => ({ code }),
  push: ({ number }) => device.sign('qst_1', 'approve', String(number)),
  access_pass: ({ code }) => ({ code }),
  recovery_codes: ({ codes }) => ({ code: (codes as string[])[7] }),
  webauthn: ({ options }) =>
    'rp' in (options as object) ? passkey.create(options as CreationOptions) : passkey.get(options as RequestOptions),
}

/** What happens between an enrolment and its first proof, where something does. */
const preparations: Record<string, (data: unknown) => unknown> = {
  push: (data) => {
    device = newDevice()
    return { ...(data as object), key: device.publicKey }
  },
}

/** The first proof, where it is another one than those that follow. What the device of its owner is told is kept. */
const firstAnswers: Record<string, (kept: Readonly<Record<string, unknown>>) => unknown> = {
  push: ({ number }) => ({ code: number }),
}

/** All that a question tells its owner. */
function tell(question: Question<unknown> | undefined): Readonly<Record<string, unknown>> {
  return { ...question?.shown, ...question?.send?.values }
}

/** A factor as the server holds it: every value has been through text and the factor's own schema. */
async function enroll(factor: AnyFactor) {
  const given = needs[factor.type]?.() ?? {}
  const made = await factor.enroll(moment, owner, factor.options.parse(given))
  let { question } = made
  let data = preparations[factor.type]?.(made.data) ?? made.data
  const kept = () => question && throughText(factor.kept, question.kept)
  const answer = (shown: object) => factor.response.parse(answers[factor.type]!({ ...made.shown, ...shown }, given))
  if (factor.kept && factor.confirm) {
    const own = firstAnswers[factor.type]?.(kept() as Readonly<Record<string, unknown>>)
    const response = own ? factor.firstResponse?.parse(own) : answer(tell(question))
    const first = await factor.confirm(moment, { data, kept: kept(), response })
    assert.ok(first.accepted)
    data = first.data
    question = await factor.challenge?.(moment, data, { ...owner, owned: [data] })
  }
  return { data: throughText(factor.data, data), kept: kept(), response: answer(tell(question)) }
}

function throughText(schema: AnyFactor['kept'], value: unknown): unknown {
  const restored = schema?.parse(JSON.parse(JSON.stringify(value)))
  assert.deepEqual(restored, value)
  return restored
}

test('every type of the contract is one factor, and no two share one', () => {
  assert.deepEqual(factors.map(({ type }) => type).toSorted(), FactorType.options.toSorted())
})

for (const factor of factors) {
  test(`${factor.type}: the proof of a fresh enrolment is accepted`, async () => {
    const { data, kept, response } = await enroll(factor)
    const first = await factor.verify(moment, { data, kept, response })
    assert.ok(first.accepted)
    // A question dies with its answer. What is judged without one must change, or one proof could be used twice.
    if (factor.kept) return
    assert.notDeepEqual(first.data, data)
    const second = await factor.verify(moment, { data: throughText(factor.data, first.data), response })
    assert.deepEqual(second, { accepted: false, reason: 'replay' })
  })

  test(`${factor.type}: the proof of one enrolment is worth nothing for another`, async () => {
    const [mine, other] = [await enroll(factor), await enroll(factor)]
    const verdict = await factor.verify(moment, { ...mine, response: other.response })
    assert.ok(!verdict.accepted && verdict.reason === 'mismatch')
  })

  test(`${factor.type}: whoever asks is asked again at each sign-in, and is not judged without a question`, async () => {
    const { data, response } = await enroll(factor)
    assert.equal(factor.challenge === undefined, factor.kept === undefined)
    if (factor.kept) assert.equal((await factor.verify(moment, { data, response })).accepted, false)
  })

  test(`${factor.type}: judging changes neither the stored data nor the proof`, async () => {
    const proof = await enroll(factor)
    const before = structuredClone(proof)
    await factor.verify(moment, proof)
    assert.deepEqual(proof, before)
  })

  test(`${factor.type}: whatever the response's schema lets through gets a verdict, never an exception`, async () => {
    const { data, kept } = await enroll(factor)
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[0-9]{6}$/),
      fc.stringMatching(/^[\w -]{16}$/),
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.record({ code: text }), fc.anything()), async (sent) => {
        const response = factor.response.safeParse(sent)
        if (!response.success) return
        assert.equal((await factor.verify(moment, { data, kept, response: response.data })).accepted, false)
      }),
    )
  })

  test(`${factor.type}: fields that nobody knows are refused in options and data, and in what is typed`, async () => {
    const { data, response } = await enroll(factor)
    assert.equal(factor.options.safeParse({ unknown: 1 }).success, false)
    assert.equal(factor.data.safeParse({ ...(data as object), unknown: 1 }).success, false)
    const isTyped = 'code' in (response as object)
    if (isTyped) assert.equal(factor.response.safeParse({ ...(response as object), unknown: 1 }).success, false)
  })

  test(`${factor.type}: what a wrong proof tells the record is no secret and short`, async () => {
    const [mine, other] = [await enroll(factor), await enroll(factor)]
    const verdict = await factor.verify(moment, { ...mine, response: other.response })
    const told = JSON.stringify(verdict)
    assert.ok(told.length < 200)
    assert.ok(!told.includes(String((mine.response as { code?: string }).code ?? 'AA')))
  })

  test(`${factor.type}: a used proof has a problem of its own`, () => {
    assert.equal(problems[factor.replayProblem ?? 'mfa_code_invalid'].status, 401)
  })
}
