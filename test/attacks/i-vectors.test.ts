import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openHouse } from './open-house.ts'
import { type Answer, type App, assertProblem, password } from './support.ts'

interface Vector {
  readonly id: string
  readonly registration: Readonly<Record<string, string>>
  readonly authentication: Readonly<Record<string, string>>
}

const { cases, rpId, origin }: { rpId: string; origin: string; cases: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../../vectors/webauthn-l3.json', import.meta.url), 'utf8'),
)

/** Pages inside of other pages are refused; of the others some did not verify who holds them. */
const refused = ['none-es256-crossOrigin', 'none-es256-topOrigin']
const unverified =
  `none-es256 packed-self-es256 packed-es512 packed-rs256 packed-eddsa android-key-es256 apple-es256 fido-u2f-es256`.split(
    ' ',
  )

const encode = (hex: string | undefined) => Buffer.from(hex ?? '', 'hex').toString('base64url')

function responseOf({ registration }: Vector, given: Readonly<Record<string, string>>, names: readonly string[]) {
  const id = encode(registration['credential_id'])
  const response = Object.fromEntries(names.map((name) => [name, encode(given[name])]))
  return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} }
}

test('090 the vectors of the standard, over HTTP: what they say is registered and signs in, and nothing else', async (t) => {
  // The challenges of the vectors are chosen: whatever asks for so many bytes of chance next gets them.
  let next: string | undefined
  const random = (bytes: number): Uint8Array => {
    const chosen = bytes === 32 ? next : undefined
    if (chosen === undefined) return randomBytes(bytes)
    next = undefined
    return Buffer.from(chosen, 'hex')
  }
  const settings = {
    GATEHOUSE_WEBAUTHN_RP_ID: rpId,
    GATEHOUSE_WEBAUTHN_ORIGINS: origin,
    GATEHOUSE_WEBAUTHN_USER_VERIFICATION: 'preferred',
  }
  const house = await openHouse(t, { random, settings })
  const app = await house.newApp()
  assert.equal(cases.length, 15)
  for (const vector of cases) {
    await t.test(vector.id, async () => {
      const isRefused = refused.includes(vector.id)
      const user = await app.createUser({ password })
      next = vector.registration['challenge']
      const { factor, enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'webauthn' })
      assert.equal(enrollment.options.challenge, encode(vector.registration['challenge']))
      const made = responseOf(vector, vector.registration, ['clientDataJSON', 'attestationObject'])
      const activated = await activate(app, factor.id, made)
      if (isRefused) {
        assertProblem(activated, 'mfa_code_invalid')
        await assertSaid(app, user.id, 'cross_origin')
        return
      }
      assert.equal(activated.status, 200, activated.text)
      const signedIn = await answer(app, user.email, vector, factor.id)
      assert.equal(signedIn.status, 200, signedIn.text)
      const { claims } = await app.sdk.tokens.validate({ token: String(signedIn.json?.['access_token']) })
      assert.equal(claims?.amr.includes('user'), !unverified.includes(vector.id))
      const isThird = claims?.amr.includes('hwk') && claims.amr.includes('user')
      assert.equal(claims?.acr, isThird ? 'aal3' : 'aal2')
      // The same answer to the same challenge, one bit of the signature changed.
      const forged = await answer(app, user.email, vector, factor.id, { changed: true })
      assertProblem(forged, 'mfa_code_invalid')
      await assertSaid(app, user.id, 'signature')
    })
  }

  async function answer(
    by: App,
    email: string,
    vector: Vector,
    factorId: `fac_${string}`,
    { changed = false } = {},
  ): Promise<Answer> {
    const step = await by.sdk.auth.login({ email, password })
    assert.ok(step.status === 'mfa_required')
    next = vector.authentication['challenge']
    const question = await by.sdk.challenges.send({ id: step.challenge.id, factor_id: factorId })
    assert.equal(question.options?.challenge, encode(vector.authentication['challenge']))
    const signature = vector.authentication['signature'] ?? ''
    const last = (Number.parseInt(signature.slice(-1), 16) ^ 1).toString(16)
    const given = changed
      ? { ...vector.authentication, signature: `${signature.slice(0, -1)}${last}` }
      : vector.authentication
    const response = responseOf(vector, given, ['clientDataJSON', 'authenticatorData', 'signature'])
    return by.send({ path: `/v1/challenges/${step.challenge.id}/verify`, body: { response } })
  }
})

function activate(app: App, id: string, response: object): Promise<Answer> {
  return app.send({ path: `/v1/factors/${id}/activate`, body: { response } })
}

/** The record says which check it was, the answer does not. */
async function assertSaid(app: App, userId: `usr_${string}`, check: string): Promise<void> {
  const { data } = await app.sdk.auditEvents.listPage({ user_id: userId, action: 'mfa_failed', limit: 1 })
  assert.equal(data[0]?.data['check'], check)
}
