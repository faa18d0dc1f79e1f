import assert from 'node:assert/strict'
import { randomBytes, sign } from 'node:crypto'
import { test } from 'node:test'
import { passkeyOrigin, startTestServer } from '@gatehouse/testing/start-test-server'
import {
  type AssertionJson,
  type Attest,
  type Quirks,
  type RequestOptions,
  type VirtualPasskey,
  virtualPasskey,
} from '@gatehouse/testing/virtual-passkey'
import { makeCertificate, toPem } from '../../packages/server/src/factors/webauthn/test-certificates.ts'
import {
  type App,
  type Attempt,
  assertRefused,
  attack,
  attackOnSqlite,
  attacksOn,
  codeOf,
  enrollPhone,
  houseOf,
  openChallenge,
  type Person,
  password,
  sendTogether,
  verifyAttempt,
} from './support.ts'

/** A passkey of a user, and its factor. */
interface Owned {
  readonly passkey: VirtualPasskey
  readonly factorId: `fac_${string}`
}

async function startEnrollment(app: App, user: Person) {
  const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'webauthn' })
  return { id: factor.id, options: enrollment.options }
}

async function enrollPasskey(
  app: App,
  user: Person,
  passkey = virtualPasskey({ origin: passkeyOrigin }),
): Promise<Owned> {
  const { id, options } = await startEnrollment(app, user)
  await app.sdk.factors.activate({ id, response: { ...passkey.create(options) } })
  return { passkey, factorId: id }
}

/** The options of a sign-in with a passkey alone. */
async function startPasskey(app: App): Promise<RequestOptions> {
  const { options } = await app.sdk.auth.passkey.options({})
  return options
}

function signInAttempt(response: AssertionJson): Attempt {
  return { path: '/v1/auth/passkey/verify', body: { response } }
}

/** A sign-in with a passkey alone. */
async function signInWith(app: App, { passkey }: Owned, quirks: Quirks = {}): Promise<Attempt> {
  return signInAttempt(passkey.get(await startPasskey(app), quirks))
}

/** A challenge after the right password, put to the user's passkeys. */
async function ask(app: App, user: Person, { factorId }: Owned) {
  const id = await openChallenge(app, user)
  const question = await app.sdk.challenges.send({ id: id as `chl_${string}`, factor_id: factorId })
  assert.ok(question.options)
  return { id, options: question.options }
}

function answerAttempt(challengeId: string, response: AssertionJson): Attempt {
  return { path: `/v1/challenges/${challengeId}/verify`, body: { response } }
}

const notIn = { code: 'invalid_credentials', event: 'login.failed', reason: 'passkey' } as const
const wrongProof = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const

attack('a passkey is a second factor, and by itself it is two', async (app) => {
  const user = await app.createUser({ password })
  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
    await enrollPasskey(app, user, virtualPasskey({ origin: passkeyOrigin, algorithm, synced: algorithm === 'EdDSA' }))
  }
  const mine = await enrollPasskey(app, user)
  const { id, options } = await ask(app, user, mine)
  assert.equal(options.allowCredentials?.length, 4)
  const second = await app.send(answerAttempt(id, mine.passkey.get(options)))
  assert.equal(second.status, 200, second.text)
  const first = await app.send(await signInWith(app, mine))
  assert.equal(first.status, 200, first.text)
  const claimsOf = async (answer: typeof first) =>
    (await app.sdk.tokens.validate({ token: String(answer.json?.['access_token']) })).claims
  const [ofSecond, ofFirst] = [await claimsOf(second), await claimsOf(first)]
  assert.deepEqual([ofSecond?.amr, ofSecond?.acr], [['pwd', 'hwk', 'user', 'mfa'], 'aal3'])
  assert.deepEqual([ofFirst?.amr, ofFirst?.acr, ofFirst?.sub], [['hwk', 'user', 'mfa'], 'aal3', user.id])
})

attack('091 a challenge is good once, even if the answer was wrong, and for nothing else', async (app) => {
  const { clock } = app.house.server
  const user = await app.createUser({ password })
  const mine = await enrollPasskey(app, user)

  const options = await startPasskey(app)
  await assertRefused(app, signInAttempt(mine.passkey.get(options, { otherKey: true })), notIn)
  await assertRefused(app, signInAttempt(mine.passkey.get(options)), notIn)
  const good = await signInWith(app, mine)
  assert.equal((await app.send(good)).status, 200)
  await assertRefused(app, good, notIn)

  const late = await startPasskey(app)
  const own = await enrollPasskey(app, user)
  const { options: creation } = await startEnrollment(app, user)
  const asked = await ask(app, user, mine)
  const { challenge } = await startPasskey(app)
  for (const wrong of [
    '',
    'AAAA',
    `${challenge}A`,
    `${challenge}=`,
    challenge.slice(0, -2),
    randomBytes(16).toString('base64url'),
    creation.challenge,
    asked.options.challenge,
  ]) {
    await assertRefused(app, await signInWith(app, mine, { challenge: wrong }), notIn)
  }
  // Of a sign-in for a second factor, and of another user's second factor.
  const other = await app.createUser({ password })
  const theirs = await ask(app, other, await enrollPasskey(app, other))
  for (const wrong of [challenge, theirs.options.challenge, creation.challenge]) {
    const { id, options } = await ask(app, user, mine)
    await assertRefused(app, answerAttempt(id, mine.passkey.get(options, { challenge: wrong })), wrongProof)
    // The question is used up.
    await assertRefused(app, answerAttempt(id, mine.passkey.get(options)), { ...wrongProof, reason: 'expired' })
  }
  // A registration with the challenge of a sign-in.
  const pending = await startEnrollment(app, user)
  const response = virtualPasskey({ origin: passkeyOrigin }).create({ ...pending.options, challenge })
  await assertRefused(app, { path: `/v1/factors/${pending.id}/activate`, body: { response } }, wrongProof)

  clock.advance('300s')
  await assertRefused(app, signInAttempt(own.passkey.get(late)), notIn)
  assert.equal((await app.send(await signInWith(app, own))).status, 200)
})

attack('091 a challenge is for the client that asked for it', async (app) => {
  const user = await app.createUser({ password })
  const mine = await enrollPasskey(app, user)
  const colleague = await app.house.newApp()
  const answer = mine.passkey.get(await startPasskey(app))
  await assertRefused(app, { ...signInAttempt(answer), by: colleague }, notIn)
  // A client of another tenant does not find the passkey, whatever it asks for.
  const foreigner = await app.house.newApp({ tenant: 'default' })
  const asked = mine.passkey.get(await startPasskey(foreigner))
  await assertRefused(app, { ...signInAttempt(asked), by: foreigner }, notIn)
  assert.equal((await app.send(await signInWith(app, mine))).status, 200)
})

attack('091 197 of a hundred who come with one answer of a passkey at once, one gets in', async (app) => {
  const user = await app.createUser({ password })
  const synced = await enrollPasskey(app, user, virtualPasskey({ origin: passkeyOrigin, synced: true }))
  const options = await startPasskey(app)
  const attempts = Array.from({ length: 100 }, () => signInAttempt(synced.passkey.get(options)))
  const statuses = (await sendTogether(app, attempts)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '))

  const asked = await ask(app, user, synced)
  const answers = Array.from({ length: 100 }, () => answerAttempt(asked.id, synced.passkey.get(asked.options)))
  const seconds = (await sendTogether(app, answers)).map(({ status }) => status)
  assert.equal(seconds.filter((status) => status === 200).length, 1, seconds.join(' '))
})

const wrongCeremonies: Readonly<Record<string, readonly Quirks[]>> = {
  '092 an answer from another origin': [
    'http://app.example.test',
    `${passkeyOrigin}:8443`,
    'https://evil.app.example.test',
    'https://example.test',
    `${passkeyOrigin}.evil`,
    `${passkeyOrigin}.`,
    'https://аpp.example.test',
    'null',
  ].map((origin) => ({ origin })),
  '093 an answer for another site, or of another ceremony': [
    { rpId: 'example.com' },
    { rpId: 'app.example.test' },
    { type: 'webauthn.create' },
  ],
  '095 an answer from inside of another page': [{ crossOrigin: true }, { topOrigin: 'https://evil.example' }],
  '096 a signature that is not one': [
    { otherKey: true },
    { signature: (bytes) => Buffer.concat([bytes, Buffer.of(0)]) },
    { signature: () => Buffer.from('3006020100020100', 'hex') },
    { signature: () => Buffer.alloc(64, 1) },
    { signature: () => Buffer.alloc(0) },
    { signature: () => Buffer.alloc(2000) },
  ],
  '097 authenticator data that is not what it says': [
    { authenticatorData: (bytes) => Buffer.concat([bytes, Buffer.of(0)]) },
    { authenticatorData: (bytes) => bytes.subarray(0, 30) },
    { authenticatorData: () => Buffer.alloc(0) },
    { clientData: () => Buffer.from('[]') },
    { clientData: () => Buffer.alloc(3000, 0x5b) },
    { backedUp: true },
    { backupEligible: true },
    { userHandle: '' },
    { userHandle: Buffer.from('usr_somebodyelse').toString('base64url') },
  ],
  '094 somebody who is not there, or was not verified': [{ userPresent: false }, { userVerified: false }],
}

for (const [title, ceremonies] of Object.entries(wrongCeremonies)) {
  attackOnSqlite(`${title} opens nothing`, async (app) => {
    const user = await app.createUser({ password })
    const mine = await enrollPasskey(app, user)
    for (const quirks of ceremonies) {
      await assertRefused(app, await signInWith(app, mine, quirks), notIn)
      const { id, options } = await ask(app, user, mine)
      const isOnlyHint = 'userVerified' in quirks || quirks.userHandle === ''
      const attempt = answerAttempt(id, mine.passkey.get(options, quirks))
      if (!isOnlyHint) await assertRefused(app, attempt, wrongProof)
    }
    assert.equal((await app.send(await signInWith(app, mine))).status, 200)
  })
}

attack(
  '094 a passkey that did not verify its holder is one factor: it opens with a password, and not alone',
  async (app) => {
    const user = await app.createUser({ password })
    const mine = await enrollPasskey(app, user, virtualPasskey({ origin: passkeyOrigin, verifiesUser: false }))
    await assertRefused(app, await signInWith(app, mine), notIn)
    const { id, options } = await ask(app, user, mine)
    const answer = await app.send(answerAttempt(id, mine.passkey.get(options)))
    assert.equal(answer.status, 200)
    const { claims } = await app.sdk.tokens.validate({ token: String(answer.json?.['access_token']) })
    assert.deepEqual(claims?.amr, ['pwd', 'hwk', 'mfa'])
  },
)

attack('097 a registration that is not one makes no factor', async (app) => {
  const user = await app.createUser({ password })
  const wrong: readonly Quirks[] = [
    { publicKey: (members) => new Map([...members, [-4, Buffer.alloc(32, 1)]]) },
    { publicKey: (members) => new Map([...members, [-1, 8]]) },
    { publicKey: (members) => new Map([...members, [3, -257]]) },
    { publicKey: (members) => new Map([...members, [1, 3]]) },
    { publicKey: () => Buffer.from('bf010203260120ff', 'hex') },
    { publicKey: () => Buffer.from('a20102010203', 'hex') },
    { attestationObject: () => Buffer.alloc(1000, 0x81) },
    { attestationObject: () => Buffer.alloc(16_000, 0xff) },
    { origin: 'https://evil.example' },
    { rpId: 'evil.example' },
    { type: 'webauthn.get' },
    { crossOrigin: true },
    { backedUp: true },
    { userPresent: false },
  ]
  for (const quirks of wrong) {
    const { id, options } = await startEnrollment(app, user)
    const response = virtualPasskey({ origin: passkeyOrigin }).create(options, quirks)
    await assertRefused(app, { path: `/v1/factors/${id}/activate`, body: { response } }, wrongProof)
    await app.sdk.factors.remove({ id })
  }
  const { id, options } = await startEnrollment(app, user)
  const response = virtualPasskey({ origin: passkeyOrigin }).create(options, {
    attestationObject: () => Buffer.alloc(700_000),
  })
  const large = { path: `/v1/factors/${id}/activate`, body: { response } }
  await assertRefused(app, large, { code: 'payload_too_large' })
  // A code where a passkey is to answer uses up nothing.
  await assertRefused(app, { path: `/v1/factors/${id}/activate`, body: { code: '123456' } }, wrongProof)
  const good = virtualPasskey({ origin: passkeyOrigin }).create(options)
  assert.equal((await app.send({ path: `/v1/factors/${id}/activate`, body: { response: good } })).status, 200)
})

attack('098 a counter that does not rise opens nothing and is on record', async (app) => {
  const user = await app.createUser({ password })
  const mine = await enrollPasskey(app, user)
  assert.equal((await app.send(await signInWith(app, mine, { signCount: 10 }))).status, 200)
  for (const signCount of [10, 9, 0]) {
    const attempt = await signInWith(app, mine, { signCount })
    const record = await app.house.recordOf(() => assertRefused(app, attempt, notIn))
    assert.equal(record[0]?.data['check'], 'sign_count')
    const { id, options } = await ask(app, user, mine)
    const answer = answerAttempt(id, mine.passkey.get(options, { signCount }))
    const second = await app.house.recordOf(() => assertRefused(app, answer, wrongProof))
    assert.equal(second[0]?.data['check'], 'sign_count')
  }
  assert.equal((await app.send(await signInWith(app, mine, { signCount: 11 }))).status, 200)
  const uncounted = await enrollPasskey(app, user, virtualPasskey({ origin: passkeyOrigin, counts: false }))
  for (const _ of [1, 2]) assert.equal((await app.send(await signInWith(app, uncounted))).status, 200)
})

attack('a passkey that nobody knows, of somebody disabled, or removed: one answer, and nothing opens', async (app) => {
  const user = await app.createUser({ password })
  const mine = await enrollPasskey(app, user)
  const spare = await enrollPasskey(app, user)
  const answers = new Set<string>()
  const refuse = async (attempt: Attempt) => {
    const { json } = await assertRefused(app, attempt, notIn)
    answers.add(JSON.stringify({ ...json, request_id: undefined }))
  }
  const stranger = virtualPasskey({ origin: passkeyOrigin })
  stranger.create((await startEnrollment(app, user)).options)
  await refuse(signInAttempt(stranger.get(await startPasskey(app))))
  await refuse({ path: '/v1/auth/passkey/verify', body: { response: {} } })
  await app.sdk.factors.remove({ id: mine.factorId })
  await refuse(await signInWith(app, mine))
  assert.equal((await app.send(await signInWith(app, spare))).status, 200)
  await app.sdk.users.disable({ id: user.id, reason: 'test' })
  await refuse(await signInWith(app, spare))
  assert.equal(answers.size, 1, [...answers].join('\n'))
})

attack('one passkey is one factor, and belongs to one user', async (app) => {
  const user = await app.createUser({ password })
  const mine = await enrollPasskey(app, user)
  const { options } = await startEnrollment(app, user)
  assert.throws(() => mine.passkey.create(options), /InvalidStateError/)
  // A device that does not heed what it is told, and answers with another user's credential.
  const other = await app.createUser({ password })
  const pending = await startEnrollment(app, other)
  const made = virtualPasskey({ origin: passkeyOrigin })
  const response = made.create(pending.options)
  assert.equal((await app.send({ path: `/v1/factors/${pending.id}/activate`, body: { response } })).status, 200)
  const theirs = { passkey: made, factorId: pending.id }
  const { id, options: asked } = await ask(app, user, mine)
  await assertRefused(app, answerAttempt(id, made.get({ ...asked, allowCredentials: [] })), wrongProof)
  assert.equal((await app.send(await signInWith(app, theirs))).json?.['status'], 'authenticated')
})

const locking = attacksOn({ loginLockFailures: 3, mfaWindowFailures: 3, mfaLongestWaitSeconds: 300 })

locking('047 while strangers have locked password and codes, a passkey goes on', async (app) => {
  const user = await app.createUser({ password })
  const mine = await enrollPasskey(app, user)
  const phone = await enrollPhone(app, user)
  const [challenge, spare] = [await openChallenge(app, user), await openChallenge(app, user)]
  for (const _ of [1, 2, 3]) await app.send(verifyAttempt(challenge, '000000'))
  const wrong = { path: '/v1/auth/login', body: { email: user.email, password: 'not the password of anybody' } }
  for (const _ of [1, 2, 3]) await app.send(wrong)
  const right = { path: '/v1/auth/login', body: { email: user.email, password } }
  assert.equal((await app.send(right)).status, 429)
  assert.equal((await app.send(verifyAttempt(spare, codeOf(app, phone.account, 1)))).status, 429)
  assert.equal((await app.send(await signInWith(app, mine))).status, 200)
  // Wrong answers of a passkey lock nobody out.
  for (const _ of [1, 2, 3, 4, 5]) await app.send(await signInWith(app, mine, { otherKey: true }))
  assert.equal((await app.send(await signInWith(app, mine))).status, 200)
})

test('099 where attestation is demanded a passkey that nobody vouches for makes no factor', async (t) => {
  const [root, stranger] = [makeCertificate(), makeCertificate()]
  const settings = {
    GATEHOUSE_WEBAUTHN_ATTESTATION: 'direct',
    GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS: toPem(root),
  }
  const server = await startTestServer({ settings })
  t.after(() => server.stop())
  const app = await (await houseOf(server)).newApp()
  const user = await app.createUser({ password })
  const vouchedBy = (issuer: typeof root): Attest => {
    const maker = makeCertificate({ name: 'Test maker', issuer })
    return (signed) => ({
      format: 'packed',
      statement: new Map<string, number | Uint8Array | Uint8Array[]>([
        ['alg', -7],
        ['sig', sign('sha256', signed, maker.key)],
        ['x5c', [maker.der]],
      ]),
    })
  }
  for (const attest of [undefined, vouchedBy(stranger)]) {
    const { id, options } = await startEnrollment(app, user)
    assert.equal(options.attestation, 'direct')
    const response = virtualPasskey({ origin: passkeyOrigin, ...(attest && { attest }) }).create(options)
    await assertRefused(app, { path: `/v1/factors/${id}/activate`, body: { response } }, wrongProof)
    await app.sdk.factors.remove({ id })
  }
  await enrollPasskey(app, user, virtualPasskey({ origin: passkeyOrigin, attest: vouchedBy(root) }))
})

attack(
  'a token speaks of the third level for a key in hardware that has checked who holds it, and for no other',
  async (app) => {
    const acrOf = async (made: { readonly synced?: true }, quirks: Quirks = {}) => {
      const user = await app.createUser({ password })
      const held = await enrollPasskey(app, user, virtualPasskey({ origin: passkeyOrigin, ...made }))
      const { id, options } = await ask(app, user, held)
      const answer = await app.send(answerAttempt(id, held.passkey.get(options, quirks)))
      const { claims } = await app.sdk.tokens.validate({ token: String(answer.json?.['access_token']) })
      return [claims?.acr, claims?.security['2fa_verified']]
    }
    assert.deepEqual(await acrOf({}), ['aal3', true])
    assert.deepEqual(await acrOf({}, { userVerified: false }), ['aal2', true])
    assert.deepEqual(await acrOf({ synced: true }), ['aal2', true])
  },
)
