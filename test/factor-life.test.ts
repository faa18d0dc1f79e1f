import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { passkeyOrigin } from '@gatehouse/testing/start-test-server'
import { virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { virtualPushDevice } from '@gatehouse/testing/virtual-push-device'
import { HOTP, Secret } from 'otpauth'
import {
  type Answer,
  type App,
  asPerson,
  assertProblem,
  assertRefused,
  attack,
  codeOf,
  lastCode,
  openChallenge,
  type Person,
  password,
  phone,
  verifyAttempt,
} from './attacks/support.ts'

type Json = Readonly<Record<string, unknown>>
type Asked = Readonly<Record<string, unknown>>

/** What somebody has in their hands: how it proves itself first, and at a challenge. */
interface Held {
  /** What activates it. */
  confirm(enrollment: Json): Promise<Json>
  /** What answers a challenge; `asked` is what its question has shown. Nothing where the device answers by itself. */
  prove(asked: Asked): Promise<Json>
}

interface Row {
  readonly type: string
  readonly amr: readonly string[]
  /** Whether a challenge has to be sent before it is answered. */
  readonly isAsked: boolean
  /** A new one, and what its enrolment says. */
  get(app: App): { readonly wanted: Json; readonly held: Held }
}

function sentTo(app: App, to: string, wanted: Json) {
  const code = async () => ({ code: await lastCode(app, to) })
  return { wanted, held: { confirm: code, prove: code } }
}

const rows: readonly Row[] = [
  {
    type: 'totp',
    amr: ['pwd', 'otp', 'mfa'],
    isAsked: false,
    get(app) {
      let account: ReturnType<typeof phone.scan>
      const code = async () => ({ code: codeOf(app, account) })
      return {
        wanted: {},
        held: {
          confirm(enrollment) {
            account = phone.scan(String(enrollment['uri']))
            return code()
          },
          prove: code,
        },
      }
    },
  },
  {
    type: 'hotp',
    amr: ['pwd', 'otp', 'mfa'],
    isAsked: false,
    get() {
      const secret = new Secret({ size: 20 })
      const token = new HOTP({ secret, digits: 6 })
      const press = async () => ({ code: token.generate() })
      return { wanted: { secret: secret.base32 }, held: { confirm: press, prove: press } }
    },
  },
  {
    type: 'webauthn',
    amr: ['pwd', 'hwk', 'user', 'mfa'],
    isAsked: true,
    get() {
      const passkey = virtualPasskey({ origin: passkeyOrigin })
      return {
        wanted: {},
        held: {
          confirm: async ({ options }) => ({ response: passkey.create(options as never) }),
          prove: async ({ options }) => ({ response: passkey.get(options as never) }),
        },
      }
    },
  },
  {
    type: 'push',
    amr: ['pwd', 'swk', 'mfa'],
    isAsked: true,
    get(app) {
      const { url, clock } = app.house.server
      const device = virtualPushDevice({ url, now: clock.now })
      return {
        wanted: {},
        held: {
          confirm: async ({ pairing_code }) => ({ code: await device.pair(String(pairing_code)) }),
          async prove({ number }) {
            const [request] = await device.requests()
            assert.equal((await device.approve(request!.id, String(number))).status, 200)
            return {}
          },
        },
      }
    },
  },
  {
    type: 'sms',
    amr: ['pwd', 'sms', 'mfa'],
    isAsked: true,
    get(app) {
      const number = `+491511${randomInt(10 ** 6, 10 ** 7)}`
      return sentTo(app, number, { phone_number: number })
    },
  },
  {
    type: 'email',
    amr: ['pwd', 'email', 'mfa'],
    isAsked: true,
    get(app) {
      const email = `${randomInt(10 ** 9)}@example.test`
      return sentTo(app, email, { email })
    },
  },
]

/** An application for somebody, or somebody for themselves: both enrol in the same words. */
interface Door {
  readonly path: string
  activation(id: string): string
  readonly headers?: ReturnType<typeof asPerson>
}

async function enroll(app: App, door: Door, { type }: Row, { wanted, held }: ReturnType<Row['get']>) {
  // Nothing is sent to one address twice at once, and no code is good twice.
  app.house.server.clock.advance('10m')
  const send = (path: string, body: Json) =>
    app.send({ path, body: door.headers ? JSON.stringify(body) : body, ...(door.headers && { headers: door.headers }) })
  const enrolled = await send(door.path, { type, ...wanted })
  assert.equal(enrolled.status, 201, enrolled.text)
  const { factor, enrollment } = enrolled.json as { factor: { id: string; state: string }; enrollment: Json }
  assert.equal(factor.state, 'pending')
  const activated = await send(door.activation(factor.id), await held.confirm(enrollment))
  assert.equal(activated.status, 200, activated.text)
  const { recovery_codes: codes = [], recovery_set: set } = activated.json as {
    recovery_codes?: string[]
    recovery_set?: { id: string }
  }
  return { id: factor.id as `fac_${string}`, codes, set }
}

/** A sign-in with password and factor, from the question to the answer. */
async function signIn(
  app: App,
  user: Person,
  { isAsked }: Row,
  factorId: `fac_${string}`,
  held: Held,
): Promise<Answer> {
  app.house.server.clock.advance('10m')
  const id = (await openChallenge(app, user)) as `chl_${string}`
  const asked: Asked = isAsked ? { ...(await app.sdk.challenges.send({ id, factor_id: factorId })) } : {}
  return app.send({ path: `/v1/challenges/${id}/verify`, body: { ...(await held.prove(asked)) } })
}

for (const row of rows) {
  attack(`${row.type}: enrolled, signed in with, lost, and replaced by way of a recovery code`, async (app) => {
    const user = await app.createUser({ password })
    const ofApp = { path: `/v1/users/${user.id}/factors`, activation: (id: string) => `/v1/factors/${id}/activate` }
    const first = row.get(app)
    const lost = await enroll(app, ofApp, row, first)
    assert.equal(lost.codes.length, 10, 'the first factor brings recovery codes')

    const inside = await signIn(app, user, row, lost.id, first.held)
    assert.equal(inside.status, 200, inside.text)
    const { claims } = await app.sdk.tokens.validate({ token: String(inside.json?.['access_token']) })
    const acr = row.amr.includes('hwk') && row.amr.includes('user') ? 'aal3' : 'aal2'
    assert.deepEqual([claims?.sub, claims?.acr, claims?.amr.toSorted()], [user.id, acr, row.amr.toSorted()])

    // It is gone. What a recovery code opens is the way to a new one, and nothing else.
    app.house.server.clock.advance('10m')
    const half = await app.send(verifyAttempt(await openChallenge(app, user), lost.codes[0]))
    assert.equal(half.status, 200, half.text)
    const headers = asPerson(String(half.json?.['access_token']))
    assertProblem(await app.send({ path: '/v1/me', headers }), 'recovery_only')
    const ofPerson = { path: '/v1/me/factors', activation: (id: string) => `/v1/me/factors/${id}/activate`, headers }
    const second = row.get(app)
    const found = await enroll(app, ofPerson, row, second)
    assert.ok(found.set && found.codes.length === 10, 'a new factor brings a new set')
    const acknowledged = await app.send({
      path: ofPerson.activation(found.set.id),
      body: JSON.stringify({ code: found.codes[0] }),
      headers,
    })
    assert.equal(acknowledged.status, 200, acknowledged.text)

    const again = await signIn(app, user, row, found.id, second.held)
    assert.equal(again.status, 200, again.text)

    // Whoever finds the lost one finds nothing to open with it.
    await app.sdk.factors.remove({ id: lost.id })
    app.house.server.clock.advance('10m')
    const challengeId = await openChallenge(app, user)
    if (row.isAsked) {
      const body = { factor_id: lost.id }
      await assertRefused(app, { path: `/v1/challenges/${challengeId}/send`, body }, { code: 'invalid_request' })
    } else {
      const refusal = { code: 'mfa_code_invalid', event: 'factor.rejected' } as const
      const body = { ...(await first.held.prove({})) }
      await assertRefused(app, { path: `/v1/challenges/${challengeId}/verify`, body }, refusal)
    }
    await assertRefused(app, verifyAttempt(await openChallenge(app, user), lost.codes[1]), {
      code: 'mfa_code_invalid',
      event: 'factor.rejected',
    })

    const told = (await app.house.server.outbox.all()).filter(({ to }) => to === user.email).map(({ kind }) => kind)
    for (const kind of ['factor_added', 'recovery_code_used', 'factor_removed']) {
      assert.ok(
        told.some((each) => each === kind),
        `nobody was told of ${kind}`,
      )
    }
    const record = (await app.sdk.auditEvents.listPage({ user_id: user.id, limit: 200 })).data.map(({ type }) => type)
    for (const type of ['factor.enrolled', 'factor.activated', 'factor.verified', 'factor.removed'] as const) {
      assert.ok(record.includes(type), `nothing on record of ${type}`)
    }
  })
}
