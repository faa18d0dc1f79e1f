import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { commit } from '@gatehouse/server/context'
import { isSignedBy, signingKey } from '@gatehouse/server/crypto/ed25519'
import { openCheckpoint, verifierKey } from '@gatehouse/server/log/checkpoint'
import { record } from '@gatehouse/server/log/record'
import { sealJob } from '@gatehouse/server/log/seal.job'
import { findNewestSeal } from '@gatehouse/server/log/seal.store'
import { verifyLog } from '@gatehouse/server/log/verify-log'
import { witnessJob } from '@gatehouse/server/log/witness.job'
import { openWitnesses } from '@gatehouse/server/open-witnesses'
import { openSqlite } from '@gatehouse/server/storage/open-sqlite'
import { systemContext } from '@gatehouse/server/system-context'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { emptyDatabase } from './empty-database.ts'

const origin = 'auth.example.test/audit'
const key = signingKey(randomBytes(32))

/** A server's log, as far as a witness sees it: it grows, and tells. */
async function openLog(t: TestContext, witnessServer: string) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-witness-'))
  const storage = await openSqlite({
    file: join(folder, 'gatehouse.db'),
    key: undefined,
    exclusive: true,
    nowMs: Date.now(),
  })
  const { witnesses, close } = openWitnesses({ witnessServer })
  const [job] = witnesses.map(witnessJob)
  t.after(async () => {
    await close()
    await storage.close()
    rmSync(folder, { recursive: true })
  })
  const ctx = systemContext({ storage, world: { now: () => new Date('2026-11-22T12:00:00Z'), random: randomBytes } })
  const seal = sealJob({ key, origin })
  return {
    ctx,
    note: async () => (await findNewestSeal(storage))?.note ?? '',
    tell: () => job!.run(ctx),
    async grow(events: number) {
      const written = Array.from({ length: events }, () => record(ctx, { type: 'user.created' }))
      assert.ok((await commit(ctx, written)).done)
      while ((await seal.run(ctx)) === 'again');
    },
  }
}

async function openWitness(t: TestContext, databaseUrl?: string) {
  const settings = { GATEHOUSE_WITNESSED_LOGS: verifierKey(origin, key.publicKey) }
  const server = await startTestServer({ databaseUrl, settings })
  t.after(() => server.stop())
  const url = `${server.url}/witness`
  const submit = async (lines: readonly string[], note: string) => {
    const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: [...lines, '', note].join('\n') })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  const held = async (of: string) => {
    const answer = await fetch(`${url}/checkpoint?origin=${encodeURIComponent(of)}`)
    return answer.status === 200 ? answer.text() : undefined
  }
  return { server, url, submit, held }
}

function onBothEngines(name: string, run: (t: TestContext, databaseUrl?: string) => Promise<void>): void {
  test(`${name} (sqlite)`, (t) => run(t))
  test(`${name} (postgres)`, async (t) => {
    const database = await emptyDatabase()
    if (!database) return t.diagnostic('not checked: PostgreSQL (run the tests with npm test)')
    t.after(() => database.drop())
    await run(t, database.url)
  })
}

onBothEngines('a second server is a witness: a log that was written anew is found out', async (t, databaseUrl) => {
  const witness = await openWitness(t, databaseUrl)
  const gatehouse = await witness.server.client({ tenant: 'default' })
  const log = await openLog(t, witness.url)
  for (const events of [3, 1, 600, 77]) {
    await log.grow(events)
    await log.tell()
    assert.equal((await witness.held(origin))?.startsWith(await log.note()), true, `${events} more`)
  }

  // The witness says when it has seen this, by a key of its own (C2SP tlog-cosignature).
  const note = (await witness.held(origin)) ?? ''
  const [name = '', , shown = ''] = (await (await fetch(`${witness.url}/key`)).text())
    .trim()
    .split(/\+(?=[0-9a-f]{8}\+)|(?<=\+[0-9a-f]{8})\+/)
  const line = note.split('\n').find((each) => each.startsWith(`— ${name} `)) ?? ''
  const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64')
  const body = note.slice(0, note.indexOf('\n\n') + 1)
  const signed = `cosignature/v1\ntime ${bytes.readBigUInt64BE(4)}\n${body}`
  assert.ok(isSignedBy(Buffer.from(shown, 'base64').subarray(1), Buffer.from(signed), bytes.subarray(12)))

  // Whoever has the keys and the database can make another log that fits in itself.
  const forged = await openLog(t, witness.url)
  await forged.grow(800)
  assert.ok((await verifyLog(forged.ctx, { publicKeys: [key.publicKey] })).fits)
  await assert.rejects(forged.tell(), /holds a checkpoint of 681 events that this log of 800 has not grown from/)
  const known = openCheckpoint((await witness.held(origin)) ?? '', [key.publicKey])
  assert.ok(known)
  const verdict = await verifyLog(forged.ctx, { publicKeys: [key.publicKey], known: [known] })
  assert.ok(!verdict.fits && /The first 681 events are not those of the checkpoint/.test(verdict.reason))
  const { data } = await gatehouse.auditEvents.listPage({ action: 'log_fork_found' })
  assert.deepEqual(
    data.map((event) => event.data),
    [{ origin, size: 800, held: 681 }],
  )

  // A log that was cut is another log of a smaller size.
  const cut = await openLog(t, witness.url)
  await cut.grow(2)
  await assert.rejects(cut.tell(), /holds a checkpoint of 681 events/)
  await log.grow(1)
  await log.tell()
  assert.deepEqual(witness.server.failures, [])
})

onBothEngines(
  'a witness signs what the log has signed and nothing else (C2SP tlog-witness)',
  async (t, databaseUrl) => {
    const witness = await openWitness(t, databaseUrl)
    const log = await openLog(t, witness.url)
    await log.grow(5)
    const note = await log.note()
    const [text = '', signature = ''] = note.split('\n\n')
    const other = `${origin}\n6\n${Buffer.alloc(32).toString('base64')}\n\n${signature}`
    assert.equal((await witness.submit(['old 0'], other)).status, 403)
    assert.equal((await witness.submit(['old 0'], text.replace(origin, 'other.test/audit'))).status, 404)
    assert.equal((await witness.submit(['old 6'], note)).status, 400)
    assert.equal((await witness.submit(['new 0'], note)).status, 400)
    assert.equal((await witness.submit(['old 0', 'no hash'], note)).status, 400)
    assert.equal((await witness.submit(['old 0', Buffer.alloc(32).toString('base64')], note)).status, 422)
    assert.deepEqual(await witness.submit(['old 4'], note), { status: 409, type: 'text/x.tlog.size', text: '0\n' })
    assert.equal(await witness.held(origin), undefined)
    // Of many who come at once with the same, one is first.
    const answers = await Promise.all(Array.from({ length: 5 }, () => witness.submit(['old 0'], note)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409])
    assert.equal((await witness.submit(['old 5'], note)).status, 200, 'the same again is signed again')
    assert.deepEqual(witness.server.failures, [])
  },
)
