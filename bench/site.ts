import { execFile } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Config, parseConfig } from '@gatehouse/server/config'
import { openDatabase } from './database.ts'
import { type Caller, callerAddress } from './signed-request.ts'
import type { Workshop } from './workshop.ts'

export type Engine = 'sqlite' | 'postgres'

/** Data with a client application that may call, and a port: a server that need only be started. */
export interface Site extends Caller {
  readonly engine: Engine
  readonly clientId: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly config: Config
  /** How much longer than the disk takes each commit is made to take. */
  readonly syncDelayMs: number
  /** The root of the database server's processes, where it has some of its own on this machine. */
  readonly databasePid: number | undefined
}

/** The built command: what is measured is what is shipped. */
export const program = join(import.meta.dirname, '..', 'packages', 'cli', 'dist', 'main.js')
const slowProgram = join(import.meta.dirname, 'slow-server.ts')

export async function makeSite(workshop: Workshop, engine: Engine, syncDelayMs = 0): Promise<Site> {
  const database = engine === 'postgres' ? await openDatabase(workshop, syncDelayMs) : undefined
  const port = await findFreePort()
  const settings = {
    GATEHOUSE_PORT: String(port),
    GATEHOUSE_DATA_DIR: workshop.makeFolder(),
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    GATEHOUSE_LOGIN_CAPTCHA: 'never',
    ...(database && { GATEHOUSE_DATABASE_URL: database.url, GATEHOUSE_PUBLIC_URL: 'https://gatehouse.test' }),
  }
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('GATEHOUSE_'))
  // As bin/gatehouse.mjs starts it.
  const env = {
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    ...settings,
    NODE_OPTIONS: '--expose-gc',
  }
  const result = parseConfig(settings)
  if (!result.ok) throw new Error(result.errors.join(' '))
  const args = [program, 'clients', 'create', 'bench', '--allow', callerAddress, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } })
  const { id, slug, secret } = JSON.parse(stdout) as { id: string; slug: string; secret: string }
  return {
    engine,
    port,
    slug,
    secret,
    clientId: id,
    env,
    config: result.config,
    syncDelayMs,
    databasePid: database?.pid,
  }
}

/** A site whose server answers. */
export interface RunningSite extends Site {
  readonly pid: number
  stop(): Promise<void>
}

/** Starts the server of a site: on the one processor that all servers share, or as operators do, on any. */
export async function startSite(workshop: Workshop, site: Site, on?: 'servers'): Promise<RunningSite> {
  const isSlowFile = site.engine === 'sqlite' && site.syncDelayMs > 0
  const [file, args] = isSlowFile ? [slowProgram, [String(site.syncDelayMs)]] : [program, ['serve', '--json']]
  const { pid, stop, readLine } = workshop.start(file, args, { on, env: site.env })
  await readLine()
  return { ...site, pid, stop }
}

/** A port that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
