import { relative } from 'node:path'
import type { Config } from '@gatehouse/server/config'
import { type RunningServer, startServer } from '@gatehouse/server/main'
import { Command } from 'commander'
import { prepareDemoClient } from './demo-client.ts'
import { print } from './print.ts'
import { readConfig } from './read-config.ts'
import { openProgress } from './simulation/progress.ts'
import type { SeededPerson } from './simulation/seed-data.ts'

interface Flags {
  readonly port?: string
  readonly dataDir?: string
  readonly json?: boolean
}

function command(name: string): Command {
  return new Command(name)
    .option('--port <port>', 'TCP port to listen on (GATEHOUSE_PORT, 4100)')
    .option('--data-dir <folder>', 'folder of the database and the keys (GATEHOUSE_DATA_DIR, ./data)')
    .option('--json', 'print one JSON object when ready')
}

function configOf(flags: Flags): Config {
  return readConfig({ GATEHOUSE_PORT: flags.port, GATEHOUSE_DATA_DIR: flags.dataDir })
}

/** `gatehouse dev`: a server with a test client at hand, and what to do next. */
export function devCommand(): Command {
  return command('dev')
    .description('run the server for development, with a client application for the demo')
    .option('--seed', 'fill a new data folder first: 25 people, 30 days, one attack')
    .action(async (flags: Flags & { readonly seed?: boolean }) => {
      const config = configOf(flags)
      const seeded = flags.seed ? await seed(config) : undefined
      const server = await startServer(config, 'development')
      stopOnSignal(server)
      const demoFile = await prepareDemoClient(server, config.dataFolder)
      const { url, parts, isNew } = server
      if (flags.json) {
        console.log(
          JSON.stringify({ url, docs: `${url}/docs`, openapi: `${url}/openapi.json`, demo_client: demoFile, seeded }),
        )
        return
      }
      console.log(`Gatehouse 0.1.0   development mode, on this machine only

  ok  database  ${parts.storage.engine}${isNew ? ', new' : ''}
  ok  keys      ${relative(process.cwd(), config.keyFolder)}

  1. See it work     npm run demo            (in another terminal)
  2. Your own app    npx gatehouse clients create my-app --allow 127.0.0.1 --allow ::1
  3. The API         ${url}/docs${seeded ? describe(seeded) : ''}

ready on ${url}   (ctrl-c stops it; the data stays)`)
    })
}

async function seed(config: Config): Promise<SeededPerson> {
  const { seedData } = await import('./simulation/seed-data.ts')
  const progress = openProgress()
  try {
    return await seedData(config, { users: 25, days: 30, say: progress.say })
  } finally {
    progress.end()
  }
}

function describe({ email, password, totp_secret }: SeededPerson): string {
  return `

  In the test tenant 25 people have lived for 30 days, and an attack is open: npx gatehouse alerts list --tenant default-test
  Sign in as         ${email}   password: ${password}
                     npx gatehouse totp ${totp_secret}`
}

/** `gatehouse serve`: the server alone. */
export function serveCommand(): Command {
  return command('serve')
    .description('run the server, over TLS of its own or behind a proxy that speaks TLS')
    .action(async (flags: Flags) => {
      const server = await startServer(configOf(flags), 'production')
      stopOnSignal(server)
      print(flags, { url: server.url }, `ready on ${server.url}`)
    })
}

const longestStopMs = 10_000

/** Finishes what has begun and ends; a second signal, or ten seconds, end it at once. */
export function stopOnSignal(server: RunningServer): void {
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(1), longestStopMs).unref()
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
