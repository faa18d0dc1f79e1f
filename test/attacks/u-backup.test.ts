import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createGatehouse, type Gatehouse } from '@gatehouse/sdk'
import { createBackup, restoreBackup, startEpochHere, verifyBackup } from '@gatehouse/server/backup'
import { parseConfig } from '@gatehouse/server/config'
import { signingKey } from '@gatehouse/server/crypto/ed25519'
import { findNewestSeal } from '@gatehouse/server/log/seal.store'
import { verifyLog } from '@gatehouse/server/log/verify-log'
import { operatorContext } from '@gatehouse/server/operator-context'
import { startTestServer, type TestServer, unlimited } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { virtualToken } from '@gatehouse/testing/virtual-token'
import { emptyDatabase } from '../empty-database.ts'
import { besideServer, configOf } from './beside-server.ts'
import { makeFolder } from './cli-server.ts'

const password = 'seven unrelated words in a row'
const startAt = new Date('2026-11-22T12:00:01Z')
const policy = { ...unlimited, signatureSkewSeconds: 30 }

const configIn = (folder: string) => configOf({ GATEHOUSE_DATA_DIR: folder })
const worldAt = (now: Date) => ({ now: () => now, random: (bytes: number) => randomBytes(bytes), elapsedMs: () => 0 })

const start = (settings: Readonly<Record<string, string>>, at: Date) =>
  startTestServer({ startAt: at, policy, settings, databaseUrl: settings['GATEHOUSE_DATABASE_URL'] })

type Account = Parameters<TestServer['client']>[0]
const app: Account = { slug: 'portal', tenant: 'default', schemes: ['v1', 'v2'] }

/** Two people: Ada has an app and recovery codes, Grace a token with a button. */
async function signUp(sdk: Gatehouse, now: Date) {
  const phone = virtualPhone()
  const token = virtualToken()
  const ada = await sdk.users.create({ email: 'ada@example.org', password })
  const { factor, enrollment } = await sdk.users.factors.enroll({ id: ada.id, type: 'totp' })
  const account = phone.scan(enrollment.uri)
  const activated = await sdk.factors.activate({ id: factor.id, code: phone.code(account, now) })
  const grace = await sdk.users.create({ email: 'grace@example.org', password })
  const { factor: button } = await sdk.users.factors.enroll({ id: grace.id, type: 'hotp', secret: token.secret })
  await sdk.factors.activate({ id: button.id, code: token.press() })
  const recoveryCodes = activated.recovery_codes ?? []
  assert.equal(recoveryCodes.length, 10)
  return { ada, grace, token, recoveryCodes, codeAt: (at: Date) => phone.code(account, at) }
}

async function openChallenge(sdk: Gatehouse, email: string): Promise<`chl_${string}`> {
  const step = await sdk.auth.login({ email, password })
  assert.ok(step.status === 'mfa_required')
  return step.challenge.id
}

async function signIn(sdk: Gatehouse, email: string, code: string) {
  const answer = await sdk.challenges.verify({ id: await openChallenge(sdk, email), code })
  assert.ok(answer.status === 'authenticated', answer.status)
  return answer
}

const refused = (act: Promise<unknown>, code: string) =>
  assert.rejects(act, (error: { code?: string }) => {
    assert.equal(error.code, code)
    return true
  })

const later = (at: Date, seconds: number) => new Date(at.getTime() + seconds * 1000)

/** A call in the classic scheme, as it went over the line. */
function record(secret: string, at: Date, body: string) {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'x-client-id': 'portal',
    'x-timestamp': timestamp,
    'x-signature': `sha256=${signature}`,
  }
  return (url: string) => fetch(`${url}/v1/users`, { method: 'POST', headers, body })
}

test('208 what was used or ended after a backup stays so when the backup is restored', async (t) => {
  const [oldFolder, newFolder] = [makeFolder(t), join(makeFolder(t), 'data')]
  const config = configIn(oldFolder)
  const backup = join(makeFolder(t), 'gatehouse.backup')
  const before = await start({ GATEHOUSE_DATA_DIR: oldFolder }, startAt)
  const { slug, secret } = await before.createClient(app)
  const sdkOf = ({ url, clock }: TestServer) =>
    createGatehouse({ url, clientId: slug, secret, scheme: 'v2', now: clock.now, retries: { max: 0 } })
  const people = await signUp(sdkOf(before), startAt)
  const { recoveryCodes, token, codeAt } = people
  const open = await openChallenge(sdkOf(before), 'ada@example.org')
  const signedInBefore = await signIn(sdkOf(before), 'grace@example.org', token.press())
  await before.runJobs()
  await besideServer(config, (parts) => createBackup(config, parts, backup), startAt)

  // After the backup: codes are used, a session begins, another ends.
  const spent = codeAt(later(startAt, 30))
  const used = { totp: spent, recovery: recoveryCodes[0]!, hotp: token.press() }
  const signedIn = await signIn(sdkOf(before), 'ada@example.org', used.totp)
  await sdkOf(before).challenges.verify({
    id: await openChallenge(sdkOf(before), 'ada@example.org'),
    code: used.recovery,
  })
  await signIn(sdkOf(before), 'grace@example.org', used.hotp)
  await sdkOf(before).auth.logout({ token: signedInBefore.access_token })
  // By a clock that is ahead as far as it may be.
  const sent = record(secret, later(startAt, 30), '{"email":"eve@example.org"}')
  assert.equal((await sent(before.url)).status, 201)
  await before.runJobs()
  await before.stop()

  const { epoch } = await restoreBackup(backup, configIn(newFolder), {
    world: worldAt(startAt),
    keyFolder: config.keyFolder,
  })
  assert.deepEqual(epoch, { changed: 2, removed: 2 })
  const after = await start({ GATEHOUSE_DATA_DIR: newFolder }, startAt)
  t.after(() => after.stop())
  const sdk = sdkOf(after)
  await refused(sdk.users.get({ id: people.ada.id }), 'recently_restored')
  const early = await sent(after.url)
  assert.deepEqual([early.status, early.headers.get('retry-after')], [503, '31'])
  after.clock.advance('31s')
  assert.equal((await sent(after.url)).status, 401)
  after.clock.advance('1s')
  assert.equal((await sent(after.url)).status, 401)

  assert.equal((await sdk.users.get({ id: people.ada.id })).email, 'ada@example.org')
  await refused(sdk.challenges.verify({ id: open, code: codeAt(later(startAt, 60)) }), 'challenge_expired')
  for (const { access_token } of [signedIn, signedInBefore]) {
    assert.equal((await sdk.tokens.validate({ token: access_token })).active, false)
  }
  await refused(sdk.auth.refresh({ refresh_token: signedIn.refresh_token ?? '' }), 'token_invalid')
  const adas = await openChallenge(sdk, 'ada@example.org')
  await refused(sdk.challenges.verify({ id: adas, code: spent }), 'totp_code_reused')
  for (const code of [recoveryCodes[0]!, recoveryCodes[1]!]) {
    await refused(sdk.challenges.verify({ id: adas, code }), 'mfa_code_invalid')
  }
  await sdk.challenges.verify({ id: adas, code: codeAt(later(startAt, 60)) })
  const graces = await openChallenge(sdk, 'grace@example.org')
  for (const code of [used.hotp, token.press()]) {
    await refused(sdk.challenges.verify({ id: graces, code }), 'mfa_code_invalid')
  }
  await sdk.challenges.verify({ id: graces, code: token.press(100) })
  // What came after the backup is not there.
  assert.deepEqual((await sdk.users.listPage({ email: 'eve@example.org' })).data, [])
  assert.ok((await sdk.auditEvents.listPage({})).data.some(({ action }) => action === 'backup_restored'))
  // The record is whole, and goes on under a name of its own.
  await after.runJobs()
  assert.deepEqual(after.failures, [])
  await besideServer(
    configIn(newFolder),
    async (parts) => {
      const publicKeys = parts.keys.logSeeds.map((seed) => signingKey(seed).publicKey)
      assert.equal((await verifyLog(operatorContext(parts), { publicKeys })).fits, true)
      const seal = await findNewestSeal(parts.storage)
      assert.match(seal?.note ?? '', /^gatehouse\.test\/audit\/restored-20261122T120001Z\n/)
    },
    after.clock.now(),
  )
})

test('208 a backup that is damaged, changed or has lost its key restores nothing', async (t) => {
  const folder = makeFolder(t)
  const config = configIn(folder)
  const place = makeFolder(t)
  const whole = join(place, 'whole')
  const given = { world: worldAt(startAt), keyFolder: config.keyFolder }
  const server = await start({ GATEHOUSE_DATA_DIR: folder }, startAt)
  await besideServer(
    config,
    async (parts) => {
      await createBackup(config, parts, whole)
      await assert.rejects(createBackup(config, parts, whole), /is there already/)
    },
    startAt,
  )
  await server.stop()
  const { made_at } = await verifyBackup(whole, { ...given, beside: place })
  assert.equal(made_at, startAt.toISOString())
  assert.deepEqual(readdirSync(place), ['whole'])

  const bytes = readFileSync(whole)
  const breakings: Readonly<Record<string, (path: string) => void>> = {
    'no backup|damaged': (path) => truncateSync(path, bytes.length - 1000),
    'has no end': (path) => truncateSync(path, 20_000),
    checksum: (path) =>
      writeFileSync(path, Buffer.concat([bytes.subarray(0, 5000), Buffer.alloc(1), bytes.subarray(5001)])),
    'was changed': (path) => {
      const text = bytes.toString('latin1').replace('"made_at":"2026', '"made_at":"2036')
      writeFileSync(path, text, 'latin1')
    },
  }
  for (const [sentence, damage] of Object.entries(breakings)) {
    const path = join(makeFolder(t), 'copy')
    copyFileSync(whole, path)
    damage(path)
    const into = configIn(join(makeFolder(t), 'data'))
    await assert.rejects(restoreBackup(path, into, given), new RegExp(sentence))
    await assert.rejects(verifyBackup(path, { ...given, beside: place }), new RegExp(sentence))
    assert.ok(!readdirSync(join(into.dataFolder, '..')).includes('gatehouse.db'))
  }

  const elsewhere = makeFolder(t)
  const into = configIn(join(elsewhere, 'data'))
  await assert.rejects(
    restoreBackup(whole, into, { ...given, keyFolder: join(elsewhere, 'none') }),
    /opens with .* k1\. .*missing/,
  )
  mkdirSync(into.dataFolder)
  writeFileSync(join(into.dataFolder, 'notes.txt'), '')
  await assert.rejects(restoreBackup(whole, into, given), /is not empty \(notes\.txt\)/)
  // The key-encryption key of another installation.
  const other = configIn(makeFolder(t))
  await besideServer(other, async () => undefined, startAt)
  await assert.rejects(
    restoreBackup(whole, configIn(join(makeFolder(t), 'data')), { ...given, keyFolder: other.keyFolder }),
    /does not open with the key-encryption key k1/,
  )
})

test('208 a PostgreSQL database that was put back by other means is made safe, too', async (t) => {
  const database = await emptyDatabase()
  if (!database) return t.diagnostic('not checked: PostgreSQL (run the tests with npm test)')
  t.after(database.drop)
  const settings = { GATEHOUSE_DATA_DIR: makeFolder(t), GATEHOUSE_DATABASE_URL: database.url }
  const before = await start(settings, startAt)
  const { slug, secret } = await before.createClient(app)
  const sdkOf = ({ url, clock }: TestServer) =>
    createGatehouse({ url, clientId: slug, secret, now: clock.now, retries: { max: 0 } })
  const { recoveryCodes, codeAt } = await signUp(sdkOf(before), startAt)
  const { access_token } = await signIn(sdkOf(before), 'ada@example.org', codeAt(later(startAt, 30)))
  await before.runJobs()
  await before.stop()

  const parsed = parseConfig(settings)
  assert.ok(parsed.ok)
  const epoch = await besideServer(parsed.config, (parts) => startEpochHere(parts, startAt), startAt)
  assert.deepEqual(epoch, { changed: 2, removed: 2 })
  const after = await start(settings, later(startAt, 60))
  t.after(() => after.stop())
  const sdk = sdkOf(after)
  assert.equal((await sdk.tokens.validate({ token: access_token })).active, false)
  const challenge = await openChallenge(sdk, 'ada@example.org')
  await refused(sdk.challenges.verify({ id: challenge, code: recoveryCodes[1]! }), 'mfa_code_invalid')
  await sdk.challenges.verify({ id: challenge, code: codeAt(later(startAt, 60)) })
  await after.runJobs()
  assert.deepEqual(after.failures, [])
  return undefined
})
