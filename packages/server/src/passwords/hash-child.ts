import { hash, parseOptions, verify } from '@node-rs/argon2'
import { matchesForeignHash, readForeignHash } from './foreign-hash.ts'
import { hashPace } from './hash-pace.ts'
import type { HashAnswer, HashCost, HashQuestion, HashResult, HashTask } from './hash-protocol.ts'

/**
 * The process that hashes passwords, started by `hash-process.ts` with the current cost as its arguments. It has its own
 * threads and a lower priority, so that a storm of sign-ins takes nothing from the requests of the others.
 */
const current: HashCost = { memoryKib: Number(process.argv[2]), passes: Number(process.argv[3]) }
const pace = hashPace(current)
let running = 0
let begun = 0

process.on('message', (question: HashQuestion) => {
  void answer(question)
})

// A terminal and a service manager send their signals to all processes: the parent decides when this one ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit())

async function answer({ number, task }: HashQuestion): Promise<void> {
  const turn = ++begun
  const aloneAtFirst = running++ === 0
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  const result = await run(task).catch((): HashResult => ({ kind: 'failed' }))
  running--
  // The processor time is that of the whole process: it tells what one hash took only when there was no other.
  if (aloneAtFirst && begun === turn && result.kind !== 'failed') {
    const { user, system } = process.cpuUsage(cpuBefore)
    if (task.kind !== 'verify_foreign') {
      pace.learn(task.kind === 'hash' ? current : costOf(task.stored), (user + system) / 1000)
    }
  }
  const answered: HashAnswer = { number, result, tookMs: performance.now() - startedAt }
  // A parent that was killed meanwhile needs no answer, and nobody needs to read of it: `disconnect` ends this process.
  process.send?.(answered, () => {})
}

async function run(task: HashTask): Promise<HashResult> {
  if (task.kind === 'verify_foreign') return verifyForeign(task.password, task.stored)
  const { password, pepper } = task
  if (task.kind === 'hash') return { kind: 'hash', hash: await argon2id(password, pepper, current) }
  const cost = costOf(task.stored)
  const matches = await verify(task.stored, password, { secret: pepper })
  const missing = pace.findMissing(cost)
  if (missing) await argon2id(password, pepper, missing)
  return { kind: 'verify', matches, weak: pace.isWeak(cost) || !task.stored.startsWith('$argon2id$v=19$') }
}

/** One that is cheaper than ours takes as long all the same; one that costs more shows by its time. */
async function verifyForeign(password: Uint8Array, stored: string): Promise<HashResult> {
  const foreign = readForeignHash(stored)
  if (!foreign) return { kind: 'failed' }
  const startedAt = performance.now()
  const matches =
    foreign.kind === 'argon2' ? await verify(foreign.text, password) : await matchesForeignHash(foreign, password)
  const missing = pace.findRest(performance.now() - startedAt)
  if (missing) await argon2id(password, Buffer.alloc(0), missing)
  return { kind: 'verify', matches, weak: true }
}

/** argon2id, version 1.3, with a salt of 16 random bytes and a tag of 32: the defaults of the library. */
function argon2id(password: Uint8Array, secret: Uint8Array, { memoryKib, passes }: HashCost): Promise<string> {
  return hash(password, { memoryCost: memoryKib, timeCost: passes, parallelism: 1, secret })
}

function costOf(stored: string): HashCost {
  const { memoryCost, timeCost } = parseOptions(stored)
  return { memoryKib: memoryCost, passes: timeCost }
}
