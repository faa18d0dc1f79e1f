import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { surroundings } from '../surroundings.ts'

/** Something with an end, as a test has. */
interface Ending {
  after(end: () => unknown): void
}

type Env = Readonly<Record<string, string>>

/** What a process has said and how it ended. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The `gatehouse` command as people run it, in a process of its own. */
function spawnGatehouse(args: readonly string[], env: Env, options: { readonly timeout?: number } = {}) {
  const main = join(import.meta.dirname, '../../packages/cli/src/main.ts')
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    env: { ...surroundings(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const ended = once(child, 'close').then(([code]): Finished => ({ code: code as number | null, ...said }))
  return { child, said, ended }
}

/** Runs a command to its end. A server that starts although it must not ends all the same. */
export function runGatehouse(args: readonly string[], env: Env): Promise<Finished> {
  return spawnGatehouse(args, env, { timeout: 30_000 }).ended
}

/** A server in a process of its own. */
export interface CliServer {
  readonly url: string
  readonly pid: number | undefined
  /** Ends it as a service manager does. */
  stop(): Promise<Finished>
}

/** Starts `gatehouse dev`, or `serve`, and waits until it is ready. */
export async function startGatehouse(t: Ending, env: Env, command: 'dev' | 'serve' = 'dev'): Promise<CliServer> {
  const port = await findFreePort()
  const { child, said, ended } = spawnGatehouse([command, '--port', String(port)], env)
  t.after(() => void child.kill('SIGKILL'))
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', () => said.stdout.includes('ready on') && resolve())
  })
  await Promise.race([ready, ended])
  if (child.exitCode !== null) throw new Error(`The server did not start: ${said.stderr}`)
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** A folder that goes with the test. */
export function makeFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-attack-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
