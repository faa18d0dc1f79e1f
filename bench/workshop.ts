import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Cores, pickCores } from './cores.ts'

export interface ProcessOptions {
  /** Where it runs; anywhere unless given. */
  readonly on?: keyof Cores | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Opens a channel for messages. */
  readonly channel?: boolean
}

/** A Node process of its own. */
export interface Started {
  readonly pid: number
  readonly child: ChildProcess
  /** The next line that it prints. @throws Error when it ends instead */
  readLine(): Promise<string>
  stop(): Promise<void>
}

/** What the measurements share. All that is made here is gone after `close`. */
export interface Workshop {
  readonly cores: Cores | undefined
  /** Runs a file of JavaScript or TypeScript. */
  start(file: string, args: readonly string[], options?: ProcessOptions): Started
  makeFolder(): string
  /** Last in, first out. */
  atEnd(undo: () => unknown): void
  close(): Promise<void>
}

export function openWorkshop(): Workshop {
  const cores = pickCores()
  const ending: (() => unknown)[] = []
  const atEnd = (undo: () => unknown) => void ending.push(undo)
  return {
    cores,
    atEnd,
    start(file, args, options = {}) {
      const core = options.on && cores?.[options.on]
      const place = core === undefined ? [] : ['taskset', '-c', core]
      const command = [...place, process.execPath, file, ...args]
      const started = startProcess(command, options)
      atEnd(started.stop)
      return started
    },
    makeFolder() {
      const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
      atEnd(() => rmSync(folder, { recursive: true, force: true }))
      return folder
    },
    async close() {
      for (let undo = ending.pop(); undo; undo = ending.pop()) await undo()
    },
  }
}

function startProcess([command = '', ...args]: readonly string[], { env, channel }: ProcessOptions): Started {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', ...(channel ? (['ipc'] as const) : [])],
    serialization: 'advanced',
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const gone = once(child, 'exit')
  gone.catch(() => {})
  return {
    // One that could not be started has none; `gone` then throws why.
    pid: child.pid ?? 0,
    child,
    async readLine() {
      const line = await Promise.race([lines.next(), gone.then(() => undefined)])
      if (line === undefined || line.done) throw new Error(`The process ended early: ${[command, ...args].join(' ')}`)
      return line.value
    },
    async stop() {
      child.kill()
      await gone
    },
  }
}
