import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { login, verifyChallenge } from '@gatehouse/contract/sign-in-operations'
import { nextCode, openChallenge } from './crash/crowd.ts'
import { findFaults, findUnanswered } from './crash/find-faults.ts'
import { judgeSession, reviewLastLife } from './crash/review.ts'
import { openScene, type Scene } from './crash/scene.ts'
import { readTrace } from './crash/trace.ts'
import { judge } from './judge.ts'

/**
 * How often the server is killed: about a second each. Before a release 200 times and more:
 * GATEHOUSE_CRASH_ROUNDS=200 node --conditions=source --test test/crash.test.ts
 */
const rounds = Number(process.env['GATEHOUSE_CRASH_ROUNDS'] ?? (process.env['CI'] ? 30 : 10))

test('205, 206: however often it is killed, the server accepts nothing twice and forgets no answer', async (t) => {
  const scene = await openScene(t, { people: 12, devicesEach: 8 })
  const { random, journal, crowd } = scene
  for (let round = 0; round < rounds; round++) {
    if (random.below(10) === 0) await scene.beginInVain(random.below(400))
    const server = await scene.begin()
    const record = await scene.readNews()
    const faults = [...findFaults(journal.entries, record), ...(await reviewLastLife(scene, record))]
    assert.deepEqual(faults.slice(0, 10), [])
    const signIns = round % 5 === 0
    if (signIns) await scene.openChallenges(4)

    const endWork = scene.work({ signIns })
    await setTimeout(30 + random.below(200))
    if (random.below(2) === 0) await journal.nextAnswer()
    assert.ok(await server.kill(), `the server ended by itself: ${server.complaints()}`)
    await endWork()
    assert.equal(server.complaints(), '')
  }

  await scene.begin()
  const record = await scene.readNews()
  // The place in the sealed log is given a moment later.
  const withoutPlace = (events: readonly AuditEvent[]) => events.map((event) => ({ ...event, position: null }))
  assert.deepEqual(withoutPlace(await scene.readAll()), withoutPlace(record), 'what was once on record has changed')
  const sessions = await Promise.all(crowd.sessions.map((session) => judgeSession(scene, session, record)))
  assert.deepEqual(
    sessions.filter((fault) => fault !== undefined),
    [],
  )
  assert.deepEqual(findFaults(journal.entries, await scene.readNews()), [])
  tell(t, scene, findUnanswered(journal.entries, record).length)
})

/** How much was tried; a run that tried nothing has shown nothing. */
function tell(t: TestContext, { journal }: Scene, unanswered: number): void {
  const { entries } = journal
  const count = (status: number, code?: string) =>
    entries.filter(({ operation, answer }) => {
      if (code === undefined && operation !== verifyChallenge) return false
      return answer?.status === status && answer.body['code'] === code
    }).length
  const accepted = count(200)
  const reused = count(401, 'totp_code_reused') + count(401, 'recovery_code_used')
  const replayed = count(401, 'signature_replayed')
  const keyed = new Set(entries.flatMap(({ about }) => about.key ?? [])).size
  const repeated = entries.filter(({ about, answer }) => about.key && answer?.status === 201).length
  t.diagnostic(
    `${rounds} kills, ${entries.length} requests: ${accepted} codes accepted, ${reused} codes and ${replayed} ` +
      `signatures refused because they were used, ${unanswered} requests carried out but not answered; ` +
      `${keyed} idempotency keys, answered ${repeated} times`,
  )
  assert.ok(Math.min(accepted, reused, replayed, keyed) >= rounds)
}

test('210: told to end, the server answers what it has begun and leaves nothing else behind', async (t) => {
  const scene = await openScene(t, { people: 12, devicesEach: 2 })
  const { journal, crowd } = scene
  const server = await scene.begin()
  // A password takes long to check: when the first is done, the others have been begun and are not done.
  const logins = crowd.people.map((person) => openChallenge(journal, person))
  const endWork = scene.work({ signIns: true })
  await Promise.race(logins)
  // What is sent after them is answered when the server has taken them all up, however slow it is.
  for (let round = 0; round < 2; round++) await fetch(`http://127.0.0.1:${server.port}/livez`)
  const begun = journal.entries.filter(({ life, operation }) => life === journal.life && operation === login)
  const { code, tookMs } = await server.stop()
  await endWork()

  assert.equal(code, 0)
  assert.ok(tookMs < 10_000, `it took ${tookMs} ms`)
  assert.equal(server.complaints(), '')
  // On a slow machine some are told to come again, as they would be at any time.
  const statuses = begun.slice(0, logins.length).map(({ answer }) => answer?.status)
  assert.deepEqual(new Set(statuses).difference(new Set([200, 503])), new Set())
  assert.ok(statuses.includes(200))
  await scene.begin()
  const record = await scene.readNews()
  assert.deepEqual(findFaults(journal.entries, record), [])
  assert.deepEqual(findUnanswered(journal.entries, record), [])
})

test('213: the answer to a code is sent when the log of the database is synced', async (t) => {
  const strace = judge('strace', 'strace')
  if (strace.missing) return t.diagnostic(`not checked: syncing before the answer (${strace.missing})`)
  const scene = await openScene(t, { people: 1, devicesEach: 1 })
  const { journal, crowd, folder, load } = scene
  const file = join(folder, 'trace')
  const calls = 'trace=read,pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg'
  const server = await scene.begin({
    under: ['strace', '-D', '-f', '--seccomp-bpf', '-y', '-s', '1024', '-e', calls, '-o', file],
  })
  const [person] = crowd.people
  assert.ok(person)
  await openChallenge(journal, person)
  const code = person.devices.map(nextCode).find((found) => found !== undefined)
  assert.ok(code)
  await load.handIn(person, code)
  await server.stop()
  const verified = journal.entries.at(-1)
  assert.equal(verified?.answer?.status, 200)
  assert.ok(verified)

  const trace = await readTrace(file)
  const answered = trace.find(
    ({ text }) => text.includes(`x-request-id: ${verified.requestId}`) && !text.startsWith('read('),
  )
  const arrived = trace.findLast((call) => /"POST \S+\/verify HTTP/.test(call.text))
  assert.ok(answered && arrived)
  const ofLog = trace.filter((call) => call.text.includes('gatehouse.db-wal>') && call.begins > arrived.begins)
  const written = ofLog.find((call) => call.text.startsWith('pwrite64('))
  assert.ok(written)
  const synced = ofLog.find((call) => /^f(data)?sync\(/.test(call.text) && call.begins > written.ends)
  assert.ok(synced)
  assert.equal(synced.result, '0')
  assert.ok(synced.ends < answered.begins)
})
