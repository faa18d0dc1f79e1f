import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isGatehouseError } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { emptyDatabase } from '../../../../test/empty-database.ts'
import { hotp } from '../factors/hotp/hotp.ts'

const password = 'a few unrelated words'
const secret = Buffer.from('12345678901234567890')
const code = (counter: number) => hotp(secret, BigInt(counter), { algorithm: 'sha1', digits: 6 })
const row = (serial: string, counter = 0) => `${serial},${secret.toString('hex')},${counter}`
const table = (...rows: string[]) => ['serial,secret_hex,counter', ...rows].join('\n')

async function start(t: TestContext, engine: 'sqlite' | 'postgres') {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  assert.ok(engine === 'sqlite' || database, 'npm test brings PostgreSQL up')
  const server = await startTestServer({ databaseUrl: database?.url })
  t.after(async () => {
    await server.stop()
    await database?.drop()
    assert.deepEqual(server.failures, [])
  })
  return server
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error) => (isGatehouseError(error) ? error.code : String(error)),
  )
}

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`a token goes from the stock to a user and back, and its counter never falls (${engine})`, async (t) => {
    const server = await start(t, engine)
    const gatehouse = await server.client()
    const [ada, bob] = [
      await gatehouse.users.create({ email: 'ada@example.org', password }),
      await gatehouse.users.create({ email: 'bob@example.org', password }),
    ]
    assert.deepEqual(await gatehouse.hardwareTokens.import({ file: table(row('A1'), row('A2', 7)) }), { count: 2 })
    const states = async () =>
      (await gatehouse.hardwareTokens.listPage({})).data.map((token) => [token.serial, token.user_id])
    const enroll = (id: `usr_${string}`, serial: string) => gatehouse.users.factors.enroll({ id, type: 'hotp', serial })
    assert.deepEqual(await states(), [
      ['A1', null],
      ['A2', null],
    ])

    const { factor, enrollment } = await enroll(ada.id, 'A1')
    assert.equal(factor.label, 'A1')
    assert.ok(!JSON.stringify(enrollment).includes('secret'))
    assert.equal(await codeOf(enroll(bob.id, 'A1')), 'factor_taken')
    await gatehouse.factors.activate({ id: factor.id, code: code(3) })
    assert.deepEqual(await states(), [
      ['A1', ada.id],
      ['A2', null],
    ])
    assert.equal(await codeOf(enroll(bob.id, 'A1')), 'factor_taken')

    await gatehouse.factors.remove({ id: factor.id })
    assert.deepEqual(await states(), [
      ['A1', null],
      ['A2', null],
    ])
    const again = await enroll(bob.id, 'A1')
    // What Ada has shown is worth nothing to Bob.
    for (const old of [0, 3]) {
      assert.equal(
        await codeOf(gatehouse.factors.activate({ id: again.factor.id, code: code(old) })),
        'mfa_code_invalid',
      )
    }
    await gatehouse.factors.activate({ id: again.factor.id, code: code(4) })

    // An enrolment that comes to nothing gives the token back by itself.
    const never = await enroll(ada.id, 'A2')
    for (let i = 0; i < 3; i++) await codeOf(gatehouse.factors.activate({ id: never.factor.id, code: '000000' }))
    assert.deepEqual(await states(), [
      ['A1', bob.id],
      ['A2', null],
    ])
    const together = await Promise.all([codeOf(enroll(ada.id, 'A2')), codeOf(enroll(bob.id, 'A2'))])
    assert.deepEqual(together.toSorted(), ['done', 'factor_taken'])
  })

  test(`a file is imported whole or not at all, and every fault is told (${engine})`, async (t) => {
    const server = await start(t, engine)
    const gatehouse = await server.client()
    await gatehouse.hardwareTokens.import({ file: table(row('A1')) })
    const refused = await gatehouse.hardwareTokens
      .import({
        file: table(row('A0'), row('A1'), row('A2'), row('A2'), row('not a serial'), 'A4,00,0', row('A5', -1)),
      })
      .catch((error: unknown) => error)
    assert.ok(isGatehouseError(refused, 'invalid_request'))
    assert.deepEqual(
      refused.errors.map(({ detail }) => detail),
      [
        'Token A1: it is in the stock already.',
        'Token A2: it stands twice in the file.',
        'Token not a serial: a serial number has up to 64 letters, digits, dots and hyphens.',
        'Token A4: a seed has 16 to 64 bytes, this one 1.',
        'Token A5: it has 6 or 8 digits, and a counter of 64 bits.',
      ],
    )
    assert.equal((await gatehouse.hardwareTokens.listPage({})).data.length, 1)
    assert.equal(await codeOf(gatehouse.hardwareTokens.import({ file: table() })), 'invalid_request')

    // The stock of one tenant is nothing to another.
    const other = await server.client({ tenant: 'default' })
    assert.deepEqual((await other.hardwareTokens.listPage({})).data, [])
    await other.hardwareTokens.import({ file: table(row('A1')) })
    const user = await gatehouse.users.create({ email: 'ada@example.org', password })
    for (const given of [{ serial: 'B1' }, { serial: 'A1', counter: '0' }]) {
      assert.equal(
        await codeOf(gatehouse.users.factors.enroll({ id: user.id, type: 'hotp', ...given })),
        'invalid_request',
      )
    }
    assert.equal(
      await codeOf(gatehouse.users.factors.enroll({ id: user.id, type: 'totp', serial: 'A1' })),
      'invalid_request',
    )
    const serials = []
    await gatehouse.hardwareTokens.import({ file: table(...Array.from({ length: 60 }, (_, i) => row(`S${i}`))) })
    for await (const { serial } of gatehouse.hardwareTokens.list()) serials.push(serial)
    assert.equal(new Set(serials).size, 61)
  })
}
