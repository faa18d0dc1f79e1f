import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after } from 'node:test'
import { createGatehouse, type Gatehouse, type GatehouseOptions, isGatehouseError } from '@gatehouse/sdk'
import { emptyDatabase } from '../empty-database.ts'
import { makeFolder, runGatehouse, startGatehouse } from './cli-server.ts'
import { type Answer, type Attempt, send } from './support.ts'

/** Two processes of `gatehouse serve` on one PostgreSQL database, with the clock of the machine and the usual limits. */
export interface TwoProcesses {
  /** The database that both stand on. */
  readonly databaseUrl: string
  /** A client application that both know. With `roomy` its own limits are out of the way. */
  newApp(options?: { readonly roomy?: boolean; readonly localVerification?: boolean }): Promise<TwoFacedApp>
}

/** A client application at two doors. */
export interface TwoFacedApp {
  readonly id: string
  readonly doors: readonly [Gatehouse, Gatehouse]
  /** How each door is reached. */
  readonly connections: readonly [GatehouseOptions, GatehouseOptions]
  /** Sends one request, signed now, to the door of this index. */
  send(attempt: Attempt, door: number): Promise<Answer>
}

/** The address that the applications call from, as the proxy has it in whose place we stand. */
const callerAddress = '203.0.113.7'
const asProxy = { 'x-forwarded-for': callerAddress, 'x-forwarded-proto': 'https' } as const

/** Starts both for the tests of a file, when the first of them asks; they end with the file. */
export function twoProcesses(): () => Promise<TwoProcesses> {
  const ends: (() => unknown)[] = []
  let opening: Promise<TwoProcesses> | undefined
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })
  return () => {
    opening ??= open((end) => void ends.push(end))
    return opening
  }
}

async function open(atEnd: (end: () => unknown) => void): Promise<TwoProcesses> {
  const database = await emptyDatabase()
  assert.ok(database, 'npm test and npm run attack bring PostgreSQL up')
  const env = {
    GATEHOUSE_DATA_DIR: makeFolder({ after: atEnd }),
    GATEHOUSE_DATABASE_URL: database.url,
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    // The limits are what is tried here, and must hold without a captcha before them.
    GATEHOUSE_LOGIN_CAPTCHA: 'never',
    // Tokens name the server by this: they are good at both.
    GATEHOUSE_PUBLIC_URL: 'https://gatehouse.test',
  }
  const create = async (slug: string, options: readonly string[] = []) => {
    const args = ['clients', 'create', slug, '--allow', callerAddress, '--json', ...options]
    const { code, stdout, stderr } = await runGatehouse(args, env)
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as { readonly id: string; readonly slug: string; readonly secret: string }
  }
  // The first command makes keys and tables.
  await create('first')
  const servers = await Promise.all([
    startGatehouse({ after: atEnd }, env, 'serve'),
    startGatehouse({ after: atEnd }, env, 'serve'),
  ])
  atEnd(async () => {
    const ends = await Promise.all(servers.map((server) => server.stop()))
    await database.drop()
    for (const { code, stderr } of ends) assert.deepEqual([code, stderr], [0, ''])
  })
  const [one, two] = servers
  return {
    databaseUrl: database.url,
    async newApp({ roomy = false, localVerification = false } = {}) {
      const limits = ['auth', 'users', 'validate', 'other'].flatMap((name) => ['--limit', `${name}=100000`])
      const { id, slug, secret } = await create(`app-${randomInt(2 ** 40)}`, [
        ...(roomy ? limits : []),
        ...(localVerification ? ['--local-verification'] : []),
      ])
      const connection = (url: string) => ({ url, clientId: slug, secret, fetch: fetchAsProxy, retries: { max: 0 } })
      const connections = [connection(one.url), connection(two.url)] as const
      return {
        id,
        doors: [createGatehouse(connections[0]), createGatehouse(connections[1])],
        connections,
        send: (attempt, index) =>
          send(
            (index % 2 === 0 ? one : two).url,
            { slug, secret, now: new Date() },
            { ...attempt, headers: { ...asProxy, ...attempt.headers } },
          ),
      }
    },
  }
}

const fetchAsProxy: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  for (const [name, value] of Object.entries(asProxy)) headers.set(name, value)
  return fetch(input, { ...init, headers })
}

/** What became of each call: the code of its refusal, or `done`. */
export async function outcomesOf(calls: readonly Promise<unknown>[]): Promise<readonly string[]> {
  return Promise.all(
    calls.map((call) =>
      call.then(
        () => 'done',
        (error: unknown) => {
          if (isGatehouseError(error)) return error.code
          throw error
        },
      ),
    ),
  )
}

/** How often each of them came. */
export function tally(outcomes: readonly string[]): Readonly<Record<string, number>> {
  const groups = Object.groupBy(outcomes, (outcome) => outcome)
  return Object.fromEntries(Object.entries(groups).map(([outcome, all = []]) => [outcome, all.length]))
}
