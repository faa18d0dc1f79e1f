import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { argon2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { hash } from '@node-rs/argon2'
import { Fault } from '../kernel/fault.ts'
import type { Id } from '../kernel/ids.ts'
import { type PasswordHash, type PasswordHasherOptions, startPasswordHasher } from './password-hasher.ts'

const pepper = { id: 'key_new' as Id<'key'>, secret: randomBytes(32) }
const oldPepper = { id: 'key_old' as Id<'key'>, secret: randomBytes(32) }
const keys = {
  pepper,
  findPepper: (id: string) => [pepper, oldPepper].find((one) => one.id === id)?.secret,
}
/** Where only the manners are tested and not the hash. */
const cheap = { memoryKib: 64, passes: 1 }
const password = 'correct horse battery staple'
const linux = existsSync('/proc/self/task')

const open: { close(): Promise<void> }[] = []
after(() => Promise.all(open.map((hasher) => hasher.close())))

function start(options: Partial<PasswordHasherOptions> = {}, with_ = keys) {
  const pids: number[] = []
  const onStart = (pid: number | undefined) => pids.push(pid ?? 0)
  const hasher = startPasswordHasher(with_, { inFlight: 2, onStart, ...options })
  open.push(hasher)
  return { ...hasher, pids }
}

async function hashOf(text: string, memoryCost: number, timeCost: number, by = pepper): Promise<PasswordHash> {
  const options = { memoryCost, timeCost, parallelism: 1, secret: by.secret }
  return { hash: await hash(text.normalize('NFC'), options), pepperId: by.id }
}

const hasher = start()

test('a password matches its own hash and no other', async () => {
  const stored = await hasher.hash(password)
  assert.deepEqual(await hasher.verify(stored, password), { matches: true, stale: false })
  assert.deepEqual(await hasher.verify(stored, `${password} `), { matches: false, stale: false })
  assert.notEqual((await hasher.hash(password)).hash, stored.hash)
})

test('the hash is argon2id at the cost of the policy, as an independent program computes it', async () => {
  const stored = await hasher.hash(password)
  const parts = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$([^$]+)\$([^$]+)$/.exec(stored.hash)
  assert.ok(parts, stored.hash)
  const [salt, tag] = parts.slice(1).map((part) => Buffer.from(part, 'base64'))
  assert.deepEqual([salt?.length, tag?.length], [16, 32])
  const expected = argon2Sync('argon2id', {
    message: password,
    nonce: salt!,
    secret: pepper.secret,
    memory: 19_456,
    passes: 2,
    parallelism: 1,
    tagLength: 32,
  })
  assert.deepEqual(tag, expected)
  assert.equal(stored.pepperId, pepper.id)
})

test('without the right pepper the right password does not match', async () => {
  const stored = await hasher.hash(password)
  assert.equal((await hasher.verify({ ...stored, pepperId: oldPepper.id }, password)).matches, false)
})

test('a hash with a lost pepper is our failure, not a wrong password', async () => {
  const stored = { ...(await hasher.hash(password)), pepperId: 'key_lost' as const }
  await assert.rejects(hasher.verify(stored, password), isFault('internal_error'))
})

test('a hash is stale when it is of an older pepper, of less cost or of another kind', async () => {
  const weak = await hashOf(password, 4096, 1)
  assert.deepEqual(await hasher.verify(weak, password), { matches: true, stale: true })
  const older = await hashOf(password, 19_456, 2, oldPepper)
  assert.deepEqual(await hasher.verify(older, password), { matches: true, stale: true })
  const dearer = await hashOf(password, 20_000, 3)
  assert.deepEqual(await hasher.verify(dearer, password), { matches: true, stale: false })
  const options = { memoryCost: 40_000, timeCost: 2, parallelism: 1, secret: pepper.secret, algorithm: 1 }
  const argon2i = { hash: await hash(password, options), pepperId: pepper.id }
  assert.deepEqual(await hasher.verify(argon2i, password), { matches: true, stale: true })
})

test('nobody matches an unknown user, with any password', async () => {
  assert.deepEqual(await hasher.verify(undefined, password), { matches: false, stale: false })
  assert.deepEqual(await hasher.verify(undefined, ''), { matches: false, stale: false })
})

test('a damaged hash is our failure and does not end the process', async () => {
  for (const damaged of ['', 'x', '$argon2id$v=19$m=19456,t=2,p=1$', '$2b$10$abcdefghijklmnopqrstuv']) {
    await assert.rejects(hasher.verify({ hash: damaged, pepperId: pepper.id }, password), isFault('internal_error'))
  }
  assert.equal(hasher.pids.length, 1)
})

test('054: passwords are taken as they were sent, in one normal form', async () => {
  const pairs: [string, string][] = [
    ['x'.repeat(63), 'x'.repeat(64)],
    [`${'x'.repeat(127)}a`, `${'x'.repeat(127)}b`],
    [`${'x'.repeat(255)}a`, `${'x'.repeat(255)}b`],
    [' spaces at the ends ', 'spaces at the ends'],
    ['before\u0000after', 'before\u0000other'],
    ['before\u0000after', 'before'],
    ['🔑🦊🔑🦊🔑🦊🔑🦊', '🔑🦊🔑🦊🔑🦊🔑🐻'],
    ['Upper Case', 'upper case'],
    ['ﬁne print', 'fine print'],
    ['Straße 1234', 'Strasse 1234'],
  ]
  for (const [right, wrong] of pairs) {
    const stored = await hasher.hash(right)
    assert.equal((await hasher.verify(stored, right)).matches, true, JSON.stringify(right))
    assert.equal((await hasher.verify(stored, wrong)).matches, false, JSON.stringify(wrong))
  }
  const composed = 'pässwörter für alle'.normalize('NFC')
  const decomposed = composed.normalize('NFD')
  assert.notEqual(composed, decomposed)
  assert.equal((await hasher.verify(await hasher.hash(decomposed), composed)).matches, true)
  assert.equal((await hasher.verify(await hasher.hash(composed), decomposed)).matches, true)
})

/**
 * What the process has computed so far, in ms: the same as the time that it takes when nobody else wants the processor,
 * which a machine that runs other tests cannot measure by the clock.
 */
function computedMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const ns = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return ns.reduce((sum, one) => sum + one, 0) / 1e6
}

test('053: known, unknown, with or without password, of old or new cost: all take the same time', async () => {
  const { pids, verify, hash: hashNow } = start({ inFlight: 1 })
  const stored = await hashNow(password)
  const cases: Record<string, [PasswordHash | undefined, string]> = {
    right: [stored, password],
    wrong: [stored, 'wrong horse battery staple'],
    'as long as can be': [stored, '🔑'.repeat(256)],
    'unknown or without a password': [undefined, password],
    'twelve MiB and three passes': [await hashOf(password, 12_288, 3), 'wrong'],
    'one pass': [await hashOf(password, 19_456, 1), 'wrong'],
    'a tenth of the cost': [await hashOf(password, 4096, 1), password],
    'another pepper': [await hashOf(password, 19_456, 2, oldPepper), 'wrong'],
  }
  const clock = linux ? () => computedMs(pids[0]!) : () => performance.now()
  const ratios = new Map(Object.keys(cases).map((name): [string, number[]] => [name, []]))
  for (let round = 0; round < 50; round++) {
    const took: Record<string, number> = {}
    for (const [name, [hashed, text]] of Object.entries(cases)) {
      const before = clock()
      await verify(hashed, text)
      took[name] = clock() - before
    }
    // In the first rounds it learns what this machine needs for the old ones. Compared within the round: a machine that
    // has other things to do is slower for all of them.
    if (round >= 10) for (const [name, values] of ratios) values.push((took[name] ?? 0) / (took['right'] ?? 1))
  }
  for (const [name, values] of ratios) {
    // Bounds of the median with 99.9 % certainty, whatever the distribution is (order statistics, binomial).
    const sorted = values.toSorted((one, other) => one - other)
    const reach = Math.ceil((3.3 * Math.sqrt(sorted.length)) / 2)
    const [low = 0, high = 0] = [sorted[(sorted.length >> 1) - reach], sorted[(sorted.length >> 1) + reach]]
    assert.ok(low < 1.05 && high > 0.95, `${name}: ${low.toFixed(3)} to ${high.toFixed(3)} of the usual`)
  }
})

test('who would wait too long is refused at once, and told when to come back', async () => {
  const { verify } = start({ inFlight: 1, maxWaitMs: 60 })
  const all = await Promise.allSettled(Array.from({ length: 30 }, () => verify(undefined, password)))
  const refused = all.filter((one) => one.status === 'rejected')
  // The first is at work; then 20 ms each are expected until one has been measured. The process has to start first, and
  // whoever has waited for that as long as anybody may is refused as well.
  assert.ok(refused.length >= 26 && refused.length <= 29, `${refused.length}`)
  for (const { reason } of refused) {
    assert.ok(isFault('overloaded')(reason))
    assert.equal(reason.options.retryAfterSeconds, 1)
  }
  assert.equal((await verify(undefined, password)).matches, false)
})

test('the expected wait is the measured one', async () => {
  // By the estimate that it begins with, 20 would be too many.
  const { verify } = start({ inFlight: 1, maxWaitMs: 600, cost: cheap })
  for (let i = 0; i < 60; i++) await verify(undefined, password)
  await Promise.all(Array.from({ length: 20 }, () => verify(undefined, password)))
})

test('a process that was killed fails what it had, and the next call has a new one', async () => {
  const { hash: hashNow, verify, pids } = start()
  const stored = await hashNow(password)
  const lost = Promise.allSettled([verify(stored, password), verify(stored, password)])
  const queued = Promise.all([verify(stored, password), verify(stored, password)])
  process.kill(pids[0]!, 'SIGKILL')
  for (const one of await lost) {
    assert.equal(one.status, 'rejected')
    assert.ok(isFault('overloaded')(one.reason))
    assert.match(String(one.reason.cause), /process that hashes passwords ended: SIGKILL/)
  }
  assert.deepEqual(
    (await queued).map(({ matches }) => matches),
    [true, true],
  )
  assert.equal((await verify(stored, password)).matches, true)
  assert.equal(pids.length, 2)
})

test('a signal that is meant for the server does not end the process under it', async () => {
  const { hash: hashNow, pids } = start({ cost: cheap })
  await hashNow(password)
  process.kill(pids[0]!, 'SIGINT')
  process.kill(pids[0]!, 'SIGTERM')
  await hashNow(password)
  assert.equal(pids.length, 1)
})

test('the process ends when it has had nothing to do, and comes back', async () => {
  const { hash: hashNow, pids } = start({ cost: cheap, idleMs: 1 })
  await hashNow(password)
  while (isAlive(pids[0]!)) await new Promise((resolve) => setImmediate(resolve))
  await hashNow(password)
  assert.equal(pids.length, 2)
})

test('close refuses what waits, ends the process and takes nothing more', async () => {
  const { hash: hashNow, close, pids } = start({ inFlight: 1 })
  await hashNow(password)
  const waiting = Promise.allSettled([hashNow(password), hashNow(password)])
  await close()
  for (const one of await waiting) assert.ok(one.status === 'rejected' && isFault('overloaded')(one.reason))
  assert.equal(isAlive(pids[0]!), false)
  await assert.rejects(hashNow(password), isFault('overloaded'))
  await close()
})

test('nothing secret stands in the command line or the environment of the process', async (t) => {
  if (!linux) return t.diagnostic('not checked: what others can see of the process (needs /proc)')
  process.env['CANARY_OF_THIS_TEST'] = 'canary'
  const { hash: hashNow, pids } = start({ cost: cheap })
  await hashNow(password)
  const visible =
    readFileSync(`/proc/${pids[0]}/cmdline`, 'latin1') + readFileSync(`/proc/${pids[0]}/environ`, 'latin1')
  assert.match(visible, /hash-child/)
  for (const secret of [password, 'canary', pepper.secret.toString('hex'), pepper.secret.toString('base64')]) {
    assert.equal(visible.includes(secret), false)
  }
})

test('every thread of the process has the lower priority', async (t) => {
  if (!linux) return t.diagnostic('not checked: the priority of threads (needs /proc)')
  await Promise.all([hasher.hash(password), hasher.hash(password)])
  const pid = hasher.pids[0]
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
    // Field 19 of proc(5), counted after the name in brackets.
    assert.equal(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16], '10')
  }
})

test('the server goes on while 20 passwords are hashed', async () => {
  await hasher.hash(password)
  const cpu = process.cpuUsage()
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  await Promise.all(Array.from({ length: 20 }, () => hasher.verify(undefined, password)))
  clearInterval(ticking)
  const { user, system } = process.cpuUsage(cpu)
  assert.ok(turns >= 20, `${turns} turns`)
  // 20 hashes cost over 100 ms of a processor; none of it is ours. To count costs something, more where the machine is busy.
  assert.ok(user + system < 30_000 + 50 * turns, `${user + system} µs in ${turns} turns`)
})

const script = `
  import { startPasswordHasher } from ${JSON.stringify(new URL('./password-hasher.ts', import.meta.url).href)}
  const pepper = { id: 'key_1', secret: new Uint8Array(32) }
  const hasher = startPasswordHasher(
    { pepper, findPepper: () => pepper.secret },
    { inFlight: 1, onStart: (pid) => console.log(pid) },
  )
  await hasher.hash('a password')
  console.log('done')
`

test('an idle process does not keep the server from ending, and ends with it', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const [pid, done] = stdout.split('\n')
  assert.equal(done, 'done')
  await gone(Number(pid))
})

test('the process ends when the server is killed', async () => {
  const server = spawn(process.execPath, ['--input-type=module', '-e', `${script}\nsetInterval(() => {}, 1000)`])
  const ended = once(server, 'exit')
  let pid = 0
  for await (const chunk of server.stdout) {
    pid ||= Number.parseInt(String(chunk), 10)
    if (String(chunk).includes('done')) server.kill('SIGKILL')
  }
  await ended
  await gone(pid)
})

function isFault(code: string) {
  return (error: unknown): error is Fault => error instanceof Fault && error.code === code
}

/** Also false for a process that has ended and whose end nobody has read yet. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !linux || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The test ends by its time limit when the process never does. */
async function gone(pid: number): Promise<void> {
  assert.ok(pid > 0)
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve))
}
