import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { extname } from 'node:path'
import type { HashAnswer, HashCost, HashQuestion, HashTask } from './hash-protocol.ts'

/** One running process that hashes. */
export interface HashProcess {
  readonly pid: number | undefined
  /** @throws Error when the process ends before it has answered */
  run(task: HashTask): Promise<HashAnswer>
  /** Ends the process at once. It has nothing to lose but what was asked last. */
  stop(): Promise<void>
}

interface Asker {
  resolve(answer: HashAnswer): void
  reject(error: Error): void
}

/** 10 of 19: behind everything else on the machine, not starved (setpriority(2)). */
const lowerPriority = 10

/**
 * Starts the process; `onEnd` is called when it is gone. It keeps our own process alive only while it owes an
 * answer. Passwords and peppers reach it through its channel, never by its command line or environment.
 */
export function startHashProcess(cost: HashCost, threads: number, onEnd: () => void): HashProcess {
  const child = fork(
    new URL(`./hash-child${extname(import.meta.filename)}`, import.meta.url),
    [String(cost.memoryKib), String(cost.passes)],
    {
      execArgv: [],
      env: { UV_THREADPOOL_SIZE: String(threads) },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  // Before it has made its threads: on Linux each has its own priority and takes it from the one that made it.
  if (child.pid !== undefined) lower(child.pid)
  const askers = new Map<number, Asker>()
  let asked = 0
  const gone = Promise.withResolvers<void>()
  holdOpen(child, false)

  function end(reason: string): void {
    onEnd()
    for (const asker of askers.values()) asker.reject(new Error(`The process that hashes passwords ended: ${reason}.`))
    askers.clear()
    gone.resolve()
  }
  // Not started, or not to be reached. It may say so more than once.
  child.on('error', (error) => {
    child.kill('SIGKILL')
    end(error.message)
  })
  child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
  child.on('message', (answer: HashAnswer) => {
    askers.get(answer.number)?.resolve(answer)
    askers.delete(answer.number)
    if (askers.size === 0) holdOpen(child, false)
  })

  return {
    pid: child.pid,
    run(task) {
      const number = ++asked
      return new Promise((resolve, reject) => {
        askers.set(number, { resolve, reject })
        holdOpen(child, true)
        child.send({ number, task } satisfies HashQuestion)
      })
    },
    stop() {
      holdOpen(child, true)
      child.kill('SIGKILL')
      return gone.promise
    },
  }
}

function lower(pid: number): void {
  try {
    setPriority(pid, lowerPriority)
  } catch {
    // It has ended already, which `exit` tells, or the machine knows no priorities: then it hashes at ours.
  }
}

function holdOpen(child: ChildProcess, hold: boolean): void {
  if (hold) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}
