import assert from 'node:assert/strict'
import { createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { solveCaptcha } from '@gatehouse/sdk/captcha'
import { hmacSha256 } from '../../crypto/hmac-sha256.ts'
import { issueWork, isWorkDone, openWork, type WorkPurpose } from './proof-of-work.ts'

const secret = Buffer.alloc(32, 7)
const mac = hmacSha256(secret)
const purpose: WorkPurpose = { purpose: 'login', tenantId: 'ten_1', clientId: 'cli_1' }
const now = new Date('2026-11-22T10:00:00Z')
let drawn = 0
const moment = { now, random: (bytes: number) => Buffer.alloc(bytes, ++drawn) }
const issue = () => issueWork(mac, purpose, { bits: 4, lifeMs: 300_000 }, moment)
const later = (ms: number) => new Date(now.getTime() + ms)

/** A challenge as somebody would write it who has our key, or believes to. */
function forge(payload: readonly unknown[], by: Uint8Array = secret): string {
  const signed = `pow1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  return `${signed}.${createHmac('sha256', by).update(signed).digest('base64url')}`
}

test('what the SDK has solved opens and is done, until its time is over', async () => {
  const work = issue()
  const token = await solveCaptcha(work)
  const opened = openWork(mac, token, purpose, now)
  assert.deepEqual(opened, { ...work, counter: token.slice(work.challenge.length + 1) })
  assert.ok(opened && isWorkDone(opened))
  assert.ok(openWork(mac, token, purpose, later(299_999)))
  assert.equal(openWork(mac, token, purpose, later(300_000)), undefined)
})

test('the solution is the first try whose PBKDF2 begins with as many zero bits as demanded', async () => {
  const { challenge, ...terms } = issue()
  const counter = Number((await solveCaptcha({ challenge, ...terms })).slice(challenge.length + 1))
  const head = (tried: number) => pbkdf2Sync(String(tried), challenge, 1000, 32, 'sha256').readUInt8(0) >> 4
  assert.equal(head(counter), 0)
  for (let tried = 0; tried < counter; tried++) assert.notEqual(head(tried), 0)
})

test('184 a solution does not serve for another challenge, nor one solved before there was a challenge', async () => {
  const one = issue()
  const another = issue()
  assert.notEqual(one.challenge, another.challenge)
  let moved = 0
  for (let round = 0; round < 8; round++) {
    const from = issue()
    const counter = (await solveCaptcha(from)).slice(from.challenge.length + 1)
    const opened = openWork(mac, `${another.challenge}.${counter}`, purpose, now)
    if (opened && isWorkDone(opened)) moved++
  }
  // One in sixteen fits by chance at four bits.
  assert.ok(moved < 6, `${moved} of 8 fitted`)
  const guessed = forge(['login', 'ten_1', 'cli_1', 'AAAA', 4, 1000, now.getTime() + 9999], Buffer.alloc(32))
  assert.equal(
    openWork(mac, await solveCaptcha({ challenge: guessed, bits: 4, iterations: 1 }), purpose, now),
    undefined,
  )
})

test('184 difficulty, time and purpose are those that were signed', async () => {
  const end = now.getTime() + 9999
  for (const wrong of [
    ['login', 'ten_2', 'cli_1', 'AAAA', 4, 1000, end],
    ['login', 'ten_1', 'cli_2', 'AAAA', 4, 1000, end],
    ['reset', 'ten_1', 'cli_1', 'AAAA', 4, 1000, end],
    ['login', 'ten_1', 'cli_1', 'AAAA', 4, 1000, now.getTime()],
  ]) {
    assert.equal(openWork(mac, `${forge(wrong)}.1`, purpose, now), undefined, String(wrong))
  }
  const { challenge } = issue()
  const [, payload = '', signature = ''] = challenge.split('.')
  const easier = JSON.parse(Buffer.from(payload, 'base64url').toString()).with(4, 0)
  const changed = `pow1.${Buffer.from(JSON.stringify(easier)).toString('base64url')}.${signature}`
  assert.equal(openWork(mac, `${changed}.1`, purpose, now), undefined)
})

test('184 a solution has one spelling', async () => {
  const work = issue()
  const token = await solveCaptcha(work)
  assert.ok(openWork(mac, token, purpose, now))
  const counter = token.slice(work.challenge.length + 1)
  for (const spelling of [
    `${work.challenge}.0${counter}`,
    `${work.challenge}.+${counter}`,
    `${work.challenge}.${counter}.0`,
    `${token} `,
    `${token}\n`,
    `${work.challenge}=.${counter}`,
    work.challenge,
    'pow1.',
    'pow1...1',
    '',
  ]) {
    assert.equal(openWork(mac, spelling, purpose, now), undefined, JSON.stringify(spelling))
  }
})
