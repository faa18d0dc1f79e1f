import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'

/** Another process that has the file open. It says in lines what it has done; see test-process.child.ts. */
export interface TestProcess {
  /** The next line it says; undefined when it is gone. */
  nextLine(): Promise<string | undefined>
  say(line: string): void
  /** kill -9. */
  kill(): Promise<void>
}

export interface TestProcessOptions {
  readonly file: string
  readonly key: Uint8Array
  readonly exclusive: boolean
}

/** Starts one that ends with the test, if not before. */
export function startProcess(t: TestContext, options: TestProcessOptions): TestProcess {
  const { file, key, exclusive } = options
  const script = new URL('./test-process.child.ts', import.meta.url).pathname
  const child = spawn(
    process.execPath,
    ['--conditions=source', script, file, Buffer.from(key).toString('hex'), exclusive ? 'server' : 'guest'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exit = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exit
  }
  t.after(kill)
  return {
    kill,
    nextLine: async () => (await lines.next()).value,
    say: (line) => child.stdin.write(`${line}\n`),
  }
}
