import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { HOTP, Secret } from 'otpauth'
import {
  type App,
  attack,
  attacksOn,
  openChallenge,
  type Person,
  password,
  sendTogether,
  verifyAttempt,
} from './support.ts'

/** A token in somebody's hand, by a library of others. */
function newToken() {
  const secret = new Secret({ size: 20 })
  const hotp = new HOTP({ secret, digits: 6 })
  return { secret: secret.base32, code: (counter: number) => hotp.generate({ counter }) }
}

type Token = ReturnType<typeof newToken>
type FactorId = `fac_${string}`

/** A user whose token is active; the next code that is accepted is number one. */
async function createHolder(app: App): Promise<{ user: Person; token: Token; factorId: FactorId }> {
  const user = await app.createUser({ password })
  const token = newToken()
  const { factor } = await app.sdk.users.factors.enroll({ id: user.id, type: 'hotp', secret: token.secret })
  await app.sdk.factors.activate({ id: factor.id, code: token.code(0) })
  return { user, token, factorId: factor.id }
}

async function answer(app: App, user: Person, code: string): Promise<number> {
  return (await app.send(verifyAttempt(await openChallenge(app, user), code))).status
}

const resync = (factorId: string, codes: readonly string[]) => ({
  path: `/v1/factors/${factorId}/resync`,
  body: { codes },
})

attack('075 077 codes up to five ahead sign in, and the counter never falls', async (app) => {
  const { user, token } = await createHolder(app)
  assert.equal(await answer(app, user, token.code(0)), 401)
  assert.equal(await answer(app, user, token.code(7)), 401)
  assert.equal(await answer(app, user, token.code(6)), 200)
  for (const old of [6, 5, 4, 1, 0]) assert.equal(await answer(app, user, token.code(old)), 401, String(old))
  assert.equal(await answer(app, user, token.code(7)), 200)
})

/** RFC 4226, section 5.3, once more: the library's counters end at 53 bits. */
function codeOfLarge(secret: string, counter: bigint): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(counter)
  const mac = createHmac('sha1', Secret.fromBase32(secret).bytes).update(message).digest()
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) % 16) % 2 ** 31
  return String(number % 1_000_000).padStart(6, '0')
}

attack('078 counters of 32, 53, 63 and 64 bits give the right codes and never begin anew', async (app) => {
  for (const counter of [2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 2n]) {
    const user = await app.createUser({ password })
    const { secret } = newToken()
    const enrolled = await app.sdk.users.factors.enroll({ id: user.id, type: 'hotp', secret, counter: String(counter) })
    await app.sdk.factors.activate({ id: enrolled.factor.id, code: codeOfLarge(secret, counter) })
    assert.equal(await answer(app, user, codeOfLarge(secret, counter)), 401)
    assert.equal(await answer(app, user, codeOfLarge(secret, counter + 1n)), 200, String(counter))
    for (const begun of [0n, 1n, 2n]) assert.equal(await answer(app, user, codeOfLarge(secret, begun)), 401)
  }
})

attack('077 197 of a hundred requests with one code at once exactly one gets in', async (app) => {
  const { user, token } = await createHolder(app)
  const code = token.code(1)
  const ids: string[] = []
  for (let i = 0; i < 20; i++) ids.push(await openChallenge(app, user))
  const attempts = Array.from({ length: 100 }, (_, i) => verifyAttempt(ids[i % 20] ?? '', code))
  const answers = await sendTogether(app, attempts)
  assert.deepEqual(
    answers.filter(({ status }) => status === 200).length,
    1,
    answers.map(({ status }) => status).join(' '),
  )
})

attack('076 a token is found again by two consecutive codes within twenty, and by nothing less', async (app) => {
  const { user, token, factorId } = await createHolder(app)
  for (const codes of [
    [token.code(15), token.code(17)],
    [token.code(16), token.code(15)],
    [token.code(15), token.code(15)],
    [token.code(21), token.code(22)],
    [token.code(0), token.code(1)],
    [token.code(15), ''],
  ]) {
    assert.equal((await app.send(resync(factorId, codes))).status, 401)
  }
  for (const codes of [[], [token.code(15)], [token.code(15), token.code(16), token.code(17)]]) {
    assert.equal((await app.send(resync(factorId, codes))).status, 400)
  }
  assert.equal((await app.send(resync(factorId, [token.code(15), token.code(16)]))).status, 200)
  assert.equal((await app.send(resync(factorId, [token.code(15), token.code(16)]))).status, 401)
  assert.equal(await answer(app, user, token.code(16)), 401)
  assert.equal(await answer(app, user, token.code(17)), 200)
  const stranger = await app.house.newApp({ tenant: 'default' })
  assert.equal((await stranger.send(resync(factorId, [token.code(18), token.code(19)]))).status, 404)
})

const limited = attacksOn({ mfaWindowFailures: 3, mfaLongestWaitSeconds: 300 })

limited('076 a resynchronisation counts as one attempt among all others', async (app) => {
  const { user, token, factorId } = await createHolder(app)
  for (let i = 0; i < 3; i++) {
    assert.equal((await app.send(resync(factorId, [token.code(1), '000000']))).status, 401)
  }
  const locked = await app.send(resync(factorId, [token.code(1), token.code(2)]))
  assert.equal(locked.status, 429)
  assert.ok(Number(locked.headers['retry-after']) > 0)
  assert.equal(await answer(app, user, token.code(1)), 429)
  app.house.server.clock.advance('5m')
  assert.equal((await app.send(resync(factorId, [token.code(1), token.code(2)]))).status, 200)
})
