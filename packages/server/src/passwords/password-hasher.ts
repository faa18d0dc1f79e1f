import { Fault } from '../kernel/fault.ts'
import type { Id } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { type HashProcess, startHashProcess } from './hash-process.ts'
import type { HashCost, HashResult, HashTask } from './hash-protocol.ts'
import { normalizePassword } from './normalize-password.ts'

/** A password as it is stored: a PHC string, and which pepper went into it. */
export interface PasswordHash {
  readonly hash: string
  readonly pepperId: Id<'key'>
}

export interface PasswordHasher {
  hash(password: string): Promise<PasswordHash>
  /**
   * Whether this is the password; `stale` when it should be hashed anew because cost or pepper have changed since.
   * `undefined` stands for an unknown user and for one without a password: never a match, and it takes as long as any.
   */
  verify(
    stored: PasswordHash | undefined,
    password: string,
  ): Promise<{ readonly matches: boolean; readonly stale: boolean }>
  /** The same for a hash that another system made (`foreign-hash.ts`); always to be hashed anew. */
  verifyForeign(stored: string, password: string): Promise<{ readonly matches: boolean; readonly stale: boolean }>
  close(): Promise<void>
}

export interface PasswordHasherOptions {
  /** Hashes at the same time. */
  readonly inFlight: number
  readonly cost?: HashCost
  /** Who would have to wait longer than this is refused at once. */
  readonly maxWaitMs?: number
  /** How long the process stays without work. */
  readonly idleMs?: number
  /** Told each time a process is started. */
  readonly onStart?: (pid: number | undefined) => void
}

interface Job {
  readonly task: HashTask
  readonly queuedAt: number
  resolve(result: HashResult): void
  reject(error: Fault): void
}

/** How much of the wait may be planned. The rest is for what cannot be: the hash itself, a busy processor, a slow disk. */
const queueShare = 0.5

/** The least that OWASP and POLICY ask of argon2id: 19 MiB, two passes, one lane. */
const currentCost: HashCost = { memoryKib: 19_456, passes: 2 }

/**
 * Hashes passwords (argon2id, RFC 9106, with a pepper) in a process of its own, which is started when it is needed and
 * ends when it is not. Passwords are normalised here, so that no caller can forget it.
 * Its calls throw Fault `overloaded` when too many wait already or the process ended before it had answered.
 */
export function startPasswordHasher(
  keys: Pick<Keyring, 'pepper' | 'findPepper'>,
  options: PasswordHasherOptions,
): PasswordHasher {
  const { inFlight, cost = currentCost, maxWaitMs = 2_000, idleMs = 300_000, onStart } = options
  const waiting: Job[] = []
  let running = 0
  let averageMs = 20
  let current: HashProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let closed = false

  function getProcess(): HashProcess {
    if (current) return current
    const started = startHashProcess(cost, inFlight, () => {
      if (current === started) current = undefined
    })
    current = started
    onStart?.(started.pid)
    return started
  }

  function enqueue(task: HashTask): Promise<HashResult> {
    const waitMs = running < inFlight ? 0 : ((waiting.length + 1) * averageMs) / inFlight
    if (closed || waitMs > maxWaitMs * queueShare) return Promise.reject(overloaded(waitMs))
    return new Promise((resolve, reject) => {
      waiting.push({ task, queuedAt: performance.now(), resolve, reject })
      startNext()
    })
  }

  function startNext(): void {
    while (running < inFlight) {
      const job = waiting.shift()
      if (!job) break
      // The estimate at the door was too good: whoever has waited as long as anybody may goes now.
      if (performance.now() - job.queuedAt > maxWaitMs) {
        job.reject(overloaded(averageMs))
        continue
      }
      running++
      void work(job)
    }
    clearTimeout(idle)
    if (running === 0 && !closed) idle = setTimeout(() => void endProcess(), idleMs).unref()
  }

  /** Forgets the process before it ends, so that nothing more is asked of it. */
  function endProcess(): Promise<void> | undefined {
    const ending = current
    current = undefined
    return ending?.stop()
  }

  async function work(job: Job): Promise<void> {
    try {
      const { result, tookMs } = await getProcess().run(job.task)
      averageMs += (tookMs - averageMs) / 16
      job.resolve(result)
    } catch (cause) {
      job.reject(overloaded(averageMs, cause))
    } finally {
      running--
      startNext()
    }
  }

  return {
    async hash(password) {
      const { id, secret } = keys.pepper
      const result = await enqueue({ kind: 'hash', password: toBytes(password), pepper: secret })
      if (result.kind !== 'hash') throw failed()
      return { hash: result.hash, pepperId: id }
    },
    async verify(stored, password) {
      const { id, secret } = keys.pepper
      const normal = toBytes(password)
      if (!stored) {
        await enqueue({ kind: 'hash', password: normal, pepper: secret })
        return { matches: false, stale: false }
      }
      const pepper = keys.findPepper(stored.pepperId)
      if (!pepper) throw new Fault('internal_error', { cause: new Error(`The pepper ${stored.pepperId} is missing.`) })
      const result = await enqueue({ kind: 'verify', stored: stored.hash, password: normal, pepper })
      if (result.kind !== 'verify') throw failed()
      return { matches: result.matches, stale: result.weak || stored.pepperId !== id }
    },
    async verifyForeign(stored, password) {
      const result = await enqueue({ kind: 'verify_foreign', stored, password: toBytes(password) })
      if (result.kind !== 'verify') throw failed()
      return { matches: result.matches, stale: true }
    },
    async close() {
      closed = true
      clearTimeout(idle)
      for (const job of waiting.splice(0)) job.reject(overloaded(averageMs))
      await endProcess()
    },
  }
}

function toBytes(password: string): Uint8Array {
  return Buffer.from(normalizePassword(password), 'utf8')
}

function overloaded(waitMs: number, cause?: unknown): Fault {
  return new Fault('overloaded', { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)), cause })
}

function failed(): Fault {
  return new Fault('internal_error', { cause: new Error('A stored password hash is damaged, or argon2 failed.') })
}
