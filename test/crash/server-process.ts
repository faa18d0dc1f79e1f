import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { surroundings } from '../surroundings.ts'

/** A server as an operator runs it: a process of its own, on a folder of its own. */
export interface ServerProcess {
  readonly port: number
  /** What it told the operator besides that it is ready. */
  complaints(): string
  /** SIGKILL: it has no last word, and neither have its threads. Resolves to false when it had ended by itself. */
  kill(): Promise<boolean>
  /** SIGTERM. Resolves to its exit code, and to how long it took. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>
}

export interface StartOptions {
  readonly port: number
  /** A program and its arguments that runs the server: strace. The process must become the server's. */
  readonly under?: readonly string[]
  /** Ends a start before it is complete. */
  readonly killAfterMs?: number
}

const node = [process.execPath, '--conditions=source']
const command = join(import.meta.dirname, '../../packages/cli/src/main.ts')
const server = join(import.meta.dirname, 'roomy-server.ts')

/** Starts a server on the data in `folder`. Resolves when it answers, to undefined when it was killed before. */
export async function startServerProcess(folder: string, options: StartOptions): Promise<ServerProcess | undefined> {
  const { port, under = [], killAfterMs } = options
  const [program = '', ...args] = [...under, ...node, server, String(port)]
  const child = spawn(program, args, { env: environmentOf(folder), stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = once(child, 'exit')
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text))
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)

  const isReady = await Promise.race([once(child.stdout, 'data').then(() => true), gone.then(() => false)])
  if (!isReady && child.signalCode === 'SIGKILL') return undefined
  if (!isReady) throw new Error(`The server did not start. It said:\n${said}`)
  clearTimeout(timer)
  return {
    port,
    complaints: () => said,
    async kill() {
      const wasAlive = child.kill('SIGKILL')
      await gone
      return wasAlive
    },
    async stop() {
      const since = performance.now()
      child.kill('SIGTERM')
      const [code] = await gone
      return { code, tookMs: performance.now() - since }
    },
  }
}

/** A client application of the data in `folder`, made by the command line. */
export function createClientByCommand(
  folder: string,
  slug: string,
): { readonly slug: string; readonly secret: string } {
  const [program = '', ...args] = [...node, command, 'clients', 'create', slug, '--allow', '203.0.113.7', '--json']
  return JSON.parse(execFileSync(program, args, { env: environmentOf(folder), encoding: 'utf8' }))
}

/** Nothing of our own environment: it may hold settings. Compiled code is kept in the folder, for faster starts. */
function environmentOf(folder: string): Record<string, string> {
  return {
    GATEHOUSE_DATA_DIR: folder,
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...surroundings(),
  }
}

/** A port below those that the system gives to outgoing connections, so that it stays free between two lives. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ])
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
