import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { judge } from '../../../../test/judge.ts'
import { insertClient } from '../clients/client.store.ts'
import { openSqlite, type SqliteOptions } from './open-sqlite.ts'
import { openConnection } from './sqlite-connection.ts'
import type { Storage } from './storage.ts'
import { allSlugs, client, clientBySlug } from './test-clients.ts'
import { startProcess } from './test-process.ts'
import { write } from './write.ts'

interface Place {
  readonly folder: string
  readonly file: string
  readonly key: Buffer
  open(options?: Partial<SqliteOptions>): Promise<Storage>
}

function place(t: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'))
  const file = join(folder, 'gatehouse.db')
  const key = randomBytes(32)
  const open: Storage[] = []
  t.after(async () => {
    for (const storage of open) await storage.close()
    rmSync(folder, { recursive: true })
  })
  return {
    folder,
    file,
    key,
    async open(options) {
      const storage = await openSqlite({ file, key, exclusive: false, nowMs: 0, ...options })
      open.push(storage)
      return storage
    },
  }
}

/** A database that has been used and closed. */
async function used(t: TestContext, options?: Partial<SqliteOptions>): Promise<Place> {
  const here = place(t)
  const storage = await here.open(options)
  await storage.commit([insertClient(client('kept'))], [])
  await storage.close()
  return here
}

/** Without the empty log that SQLite may leave beside a file it cannot read. */
function listFiles(folder: string): string[] {
  const logs = readdirSync(folder).filter((name) => name.endsWith('-wal') && statSync(join(folder, name)).size === 0)
  return readdirSync(folder).filter((name) => !logs.includes(name.replace(/-shm$/, '-wal')))
}

async function isRefused({ folder, file, open }: Place, message: RegExp, options?: Partial<SqliteOptions>) {
  const before = { files: listFiles(folder), bytes: readFileSync(file) }
  await assert.rejects(open(options), (error: Error) => {
    assert.equal(error.name, 'StartError')
    assert.match(error.message, message)
    return true
  })
  assert.deepEqual(listFiles(folder), before.files)
  assert.ok(readFileSync(file).equals(before.bytes), 'the file was changed')
}

test('a server that is refused leaves no lock where none was', async (t) => {
  const here = await used(t)
  await isRefused(here, /does not open with this key/, { key: randomBytes(32), exclusive: true })
  assert.ok(!existsSync(`${here.file}.lock`))
  await (await here.open({ exclusive: true })).close()
})

test('another key than the one of the file is refused', async (t) => {
  await isRefused(await used(t), /does not open with this key/, { key: randomBytes(32) })
})

test('an encrypted file without a key is refused', async (t) => {
  await isRefused(await used(t), /is encrypted, or is none at all/, { key: undefined })
})

test('a file in the clear with a key is refused', async (t) => {
  await isRefused(await used(t, { key: undefined }), /is not encrypted, but a key was given/)
})

test('a file in the clear works when no key is given', async (t) => {
  const here = await used(t, { key: undefined })
  const storage = await here.open({ key: undefined })
  assert.deepEqual(await storage.list(allSlugs, {}), [{ slug: 'kept' }])
})

test('a file with a newer schema is refused', async (t) => {
  const here = await used(t)
  const db = openConnection({ ...here, busyTimeoutMs: 0 }, { mode: 'write', cacheMiB: 1 })
  db.exec(`insert into kysely_migration values ('9999-later', '2099-01-01')`)
  db.close()
  await isRefused(here, /written by a newer Gatehouse \(its schema has "9999-later"\)/)
})

test('before the schema is changed a copy is made, and a change that fails leaves the file as it was', async (t) => {
  const here = await used(t)
  const edit = (statement: string) => {
    const db = openConnection({ ...here, busyTimeoutMs: 0 }, { mode: 'write', cacheMiB: 1 })
    db.exec(statement)
    db.close()
  }
  // The first migration is applied once more, and finds its tables there already.
  edit(`delete from kysely_migration`)
  await assert.rejects(here.open(), /already exists/)
  assert.deepEqual(listFiles(here.folder).sort(), ['gatehouse.db', 'gatehouse.db.before-0001-first'])
  const names = `insert into kysely_migration values ('0001-first', '2026-01-01')`
  edit(names)
  const storage = await here.open()
  assert.deepEqual(await storage.list(allSlugs, {}), [{ slug: 'kept' }])
  await storage.close()
  const copy = openConnection(
    { ...here, file: `${here.file}.before-0001-first`, busyTimeoutMs: 0 },
    { mode: 'write', cacheMiB: 1 },
  )
  t.after(() => copy.close())
  assert.deepEqual(copy.prepare('select slug from client').all(), [{ slug: 'kept' }])
})

test('a database of something else is refused', async (t) => {
  const here = place(t)
  writeFileSync(here.file, '')
  const db = openConnection({ ...here, busyTimeoutMs: 0 }, { mode: 'write', cacheMiB: 1 })
  db.exec('create table something_else (id integer primary key)')
  db.close()
  await isRefused(here, /not one of Gatehouse/)
})

test('a file that was cut off is refused, wherever it was cut', async (t) => {
  const here = await used(t)
  const whole = readFileSync(here.file)
  for (const size of [whole.length - 1, whole.length - 4096, Math.floor(whole.length / 2), 4096, 1000, 1, 0]) {
    writeFileSync(here.file, whole.subarray(0, size))
    await isRefused(here, /(is damaged|does not open with this key)/)
  }
})

test('a file that was cut off after a crash is refused as well', async (t) => {
  const here = await used(t)
  const server = startProcess(t, { ...here, exclusive: false })
  assert.equal(await server.nextLine(), 'open')
  server.say('late')
  assert.equal(await server.nextLine(), 'late {"done":true}')
  await server.kill()
  truncateSync(here.file, 8192)
  const before = readFileSync(here.file)
  await assert.rejects(here.open(), { name: 'StartError', message: /is damaged/ })
  assert.ok(readFileSync(here.file).equals(before))
})

test('a file with a page turned into noise is refused', async (t) => {
  const here = await used(t)
  const bytes = readFileSync(here.file)
  for (let page = 0; page < bytes.length / 4096; page += 5) {
    const noise = Buffer.from(bytes)
    randomBytes(64).copy(noise, page * 4096 + 2000)
    writeFileSync(here.file, noise)
    await isRefused(here, page === 0 ? /does not open with this key/ : /is damaged/)
  }
})

test('a file of noise is refused', async (t) => {
  const here = place(t)
  writeFileSync(here.file, randomBytes(100_000))
  await isRefused(here, /does not open with this key/)
  await isRefused(here, /is encrypted, or is none at all/, { key: undefined })
})

test('a folder that is not there is refused', async (t) => {
  const here = place(t)
  const file = join(here.folder, 'nowhere', 'gatehouse.db')
  await assert.rejects(here.open({ file }), { name: 'StartError', message: /cannot be written/ })
})

test('a folder that may not be written is refused', async (t) => {
  const here = await used(t)
  chmodSync(here.folder, 0o555)
  const isRoot = process.geteuid?.() === 0
  // Root may write anywhere, so it is somebody else for a while.
  if (isRoot) process.seteuid?.(65_534)
  try {
    await assert.rejects(here.open(), { name: 'StartError', message: /cannot be (written|read)/ })
    const file = join(here.folder, 'new.db')
    await assert.rejects(here.open({ file }), { name: 'StartError', message: /cannot be (written|made)/ })
    const message = /lock .* cannot be taken|cannot be read/
    await assert.rejects(here.open({ exclusive: true }), { name: 'StartError', message })
  } finally {
    if (isRoot) process.seteuid?.(0)
    chmodSync(here.folder, 0o755)
  }
})

test('nothing that was written can be read in the files', async (t) => {
  const canary = 'Kanarienvogel-5f0b'
  const here = place(t)
  const clear = place(t)
  const storage = await here.open()
  const storageInTheClear = await clear.open({ key: undefined })
  for (const each of [storage, storageInTheClear]) {
    await each.commit([insertClient({ ...client('a'), name: canary })], [])
  }
  const seen = ({ folder }: Place) =>
    readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(canary))
  assert.equal(seen(here), false)
  assert.equal(seen(clear), true)
  await storage.close()
  assert.equal(seen(here), false)
})

test('the files are for their owner alone', async (t) => {
  const here = place(t)
  const storage = await here.open()
  await storage.commit([insertClient(client('a'))], [])
  for (const name of readdirSync(here.folder)) {
    assert.equal((statSync(join(here.folder, name)).mode & 0o777).toString(8), '600', name)
  }
})

test('of two that make the file at the same time both work on the same one', async (t) => {
  const here = place(t)
  const [one, other] = await Promise.all([here.open(), here.open()])
  await one.commit([insertClient(client('a'))], [])
  assert.deepEqual(await other.list(allSlugs, {}), [{ slug: 'a' }])
  assert.deepEqual(
    readdirSync(here.folder).filter((name) => name.includes('.new')),
    [],
  )
})

test('a second server on the same file is refused until the first one is gone, however it went', async (t) => {
  const here = await used(t)
  const first = startProcess(t, { ...here, exclusive: true })
  assert.equal(await first.nextLine(), 'open')
  await assert.rejects(here.open({ exclusive: true }), { name: 'StartError', message: /Another server is running/ })
  const guest = await here.open()
  assert.deepEqual(await guest.list(allSlugs, {}), [{ slug: 'kept' }])
  await first.kill()
  const second = await here.open({ exclusive: true })
  assert.equal(await second.isReady(), true)
})

test('beside a server nobody counts', async (t) => {
  const guest = await place(t).open()
  await assert.rejects(async () => guest.counters.once('key', 1000, 1), /counters belong to the server/)
  await assert.rejects(
    async () => guest.counters.hit('key', { limit: 1, windowMs: 1 }, 1),
    /counters belong to the server/,
  )
})

test('what another process writes is seen at once', async (t) => {
  const here = await used(t)
  const server = await here.open({ exclusive: true })
  assert.equal(await server.first(clientBySlug, { slug: 'new' }), undefined)
  const guest = startProcess(t, { ...here, exclusive: false })
  assert.equal(await guest.nextLine(), 'open')
  guest.say('new')
  assert.equal(await guest.nextLine(), 'new {"done":true}')
  assert.equal((await server.first(clientBySlug, { slug: 'new' }))?.name, 'new')
})

test('a commit waits for the disk, and temporary data never goes to one', async (t) => {
  const here = await used(t)
  const db = openConnection({ ...here, busyTimeoutMs: 0 }, { mode: 'write', cacheMiB: 1 })
  const read = (name: string) => db.pragma(name, { simple: true })
  assert.deepEqual([read('journal_mode'), read('synchronous'), read('temp_store')], ['wal', 2, 2])
  db.close()
})

test('whatever was acknowledged before a kill -9 is there afterwards, counts too', async (t) => {
  const here = place(t)
  for (let round = 0; round < 3; round++) {
    rmSync(here.file, { force: true })
    const server = startProcess(t, { ...here, exclusive: true })
    assert.equal(await server.nextLine(), 'open')
    server.say('flood')
    const acknowledged: string[] = []
    while (acknowledged.length < 200 * (round + 1)) acknowledged.push(String(await server.nextLine()))
    await server.kill()
    for (let line = await server.nextLine(); line !== undefined; line = await server.nextLine()) acknowledged.push(line)
    const storage = await here.open({ exclusive: true })
    const found = new Set((await storage.list(allSlugs, {})).map(({ slug }) => slug))
    for (const name of acknowledged) {
      assert.ok(found.has(name), `${name} of ${acknowledged.length} is lost`)
      assert.equal((await storage.counters.once(name, 60_000, 2)).first, false)
    }
    await storage.close()
  }
})

test('while another process holds the file commits are refused, and work again when it lets go', async (t) => {
  const here = await used(t)
  const storage = await here.open({ busyTimeoutMs: 50 })
  const other = openConnection({ ...here, busyTimeoutMs: 0 }, { mode: 'write', cacheMiB: 1 })
  other.exec('begin immediate')
  await assert.rejects(storage.commit([insertClient(client('a'))], []), { code: 'storage_unavailable' })
  assert.equal(await storage.isReady(), false)
  assert.deepEqual(await storage.list(allSlugs, {}), [{ slug: 'kept' }])
  other.exec('rollback')
  other.close()
  assert.equal(await storage.isReady(), true)
  assert.deepEqual(await storage.commit([insertClient(client('a'))], []), { done: true })
})

test('on a full disk commits are refused as a whole, reads go on, and it works again when there is room', async (t) => {
  const prlimit = judge('prlimit', 'util-linux')
  if (prlimit.missing) return t.diagnostic(`not checked: a full disk (${prlimit.missing})`)
  const limitFiles = (bytes: string) => prlimit.run([`--pid=${process.pid}`, `--fsize=${bytes}:unlimited`])
  const here = await used(t)
  const storage = await here.open({ exclusive: true })
  t.after(() => limitFiles('unlimited'))

  limitFiles('65536')
  const outcomes: string[] = []
  for (let i = 0; outcomes.at(-1) !== 'refused' && i < 1000; i++) {
    const [one, two] = await Promise.allSettled([
      storage.commit([insertClient(client(`a${i}`))], []),
      storage.commit([insertClient(client(`b${i}`))], []),
    ])
    assert.equal(one.status, two.status)
    if (one.status === 'rejected') assert.equal(one.reason.code, 'storage_unavailable')
    outcomes.push(one.status === 'fulfilled' ? 'written' : 'refused')
  }
  const written = outcomes.length - 1
  assert.equal(outcomes.at(-1), 'refused')
  assert.equal(await storage.isReady(), false)
  assert.equal((await storage.list(allSlugs, {})).length, 2 * written + 1)

  limitFiles('unlimited')
  assert.equal(await storage.isReady(), true)
  assert.deepEqual(await storage.commit([insertClient(client('after'))], []), { done: true })
  await storage.close()
  const again = await here.open()
  assert.equal((await again.list(allSlugs, {})).length, 2 * written + 2)
})

test('a slow disk slows neither reads nor many commits at once', async (t) => {
  const storage = await place(t).open({ syncDelayMs: 10 })
  await storage.commit([insertClient(client('first'))], [])
  const start = performance.now()
  let answered = 0
  const commits = Array.from({ length: 500 }, async (_, i) => {
    await storage.commit([insertClient(client(`c${i}`))], [])
    answered++
  })
  for (let i = 0; i < 500; i++) await storage.first(clientBySlug, { slug: 'first' })
  assert.equal(answered, 0, '500 reads take less than one commit')
  await Promise.all(commits)
  const took = performance.now() - start
  assert.ok(took < 1000, `500 commits of 10 ms took ${took} ms`)
})

test('a statement that is no SQL fails its own commit only', async (t) => {
  const storage = await place(t).open()
  const noSql = write<{ slug: string }>('exactlyOne', 'x', (db, p) =>
    db.updateTable('no_such_table' as 'client').set({ name: p.slug }),
  )
  const both = await Promise.allSettled([
    storage.commit([noSql({ slug: 'x' })], []),
    storage.commit([insertClient(client('a'))], []),
  ])
  assert.match(`${both[0].status === 'rejected' && both[0].reason}`, /no such table/)
  assert.deepEqual(both[1], { status: 'fulfilled', value: { done: true } })
})

test('a leftover of an interrupted beginning does no harm', async (t) => {
  const here = place(t)
  assert.equal(existsSync(here.file), false)
  writeFileSync(`${here.file}.new-abc`, 'half')
  const storage = await here.open()
  assert.equal(await storage.isReady(), true)
})

test('what comes while the disk is busy is committed with what else came, and closing waits for it', async (t) => {
  const { open } = place(t)
  const storage = await open({ syncDelayMs: 5 })
  const commits: ReturnType<Storage['commit']>[] = []
  for (let i = 0; i < 50; i++) {
    commits.push(
      storage.commit([insertClient(client(`c${i}`))], []),
      storage.commit([insertClient(client(`c${i}`))], []),
    )
    await setImmediate()
  }
  await storage.close()
  const committed = await Promise.all(commits)
  // Of each two with one name the first.
  assert.deepEqual(
    committed.map(({ done }) => done),
    commits.map((_, i) => i % 2 === 0),
  )
  assert.equal((await (await open()).list(allSlugs, {})).length, 50)
})
