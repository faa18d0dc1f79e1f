import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { type Connection, connect } from './connection.ts'
import { type Crowd, enrollDevice, openChallenge, signUp } from './crowd.ts'
import { createJournal, type Journal } from './journal.ts'
import { createLoad, type Load } from './load.ts'
import { readEvents } from './read-events.ts'
import { type Seeded, seeded } from './seeded.ts'
import {
  createClientByCommand,
  findFreePort,
  type ServerProcess,
  type StartOptions,
  startServerProcess,
} from './server-process.ts'

/** A data folder through the lives of its server, and everybody who calls it. */
export interface Scene {
  readonly folder: string
  readonly random: Seeded
  readonly journal: Journal
  readonly crowd: Crowd
  readonly load: Load
  /** Starts the next life. */
  begin(options?: Pick<StartOptions, 'under'>): Promise<ServerProcess>
  /** Starts the server and kills it before it is ready, or soon after. */
  beginInVain(afterMs: number): Promise<void>
  /** Opens some challenges for everybody: their passwords are hashed now and not while the server is under load. */
  openChallenges(each: number): Promise<void>
  /** Lets all act at once, until what is returned is called or the server listens no more. */
  work(options: { readonly signIns: boolean }): () => Promise<void>
  /** The record, newest first. What was read in an earlier life is not read again. */
  readNews(): Promise<readonly AuditEvent[]>
  readAll(): Promise<readonly AuditEvent[]>
}

const actingAtOnce = 8

/** The first life: everybody signs up. It ends in good order. */
export async function openScene(
  t: TestContext,
  { people, devicesEach }: { readonly people: number; readonly devicesEach: number },
): Promise<Scene> {
  const seed = Number(process.env['GATEHOUSE_CRASH_SEED'] ?? randomInt(2 ** 31))
  t.diagnostic(`GATEHOUSE_CRASH_SEED=${seed}`)
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'))
  let server: ServerProcess | undefined
  let connection: Connection | undefined
  t.after(async () => {
    connection?.close()
    await server?.kill()
    rmSync(folder, { recursive: true })
  })
  const client = createClientByCommand(folder, 'crash-test')
  const port = await findFreePort()
  const random = seeded(seed)
  const journal = createJournal(client)
  const crowd: Crowd = { people: [], used: [], sessions: [], keys: [] }
  const load = createLoad(journal, crowd, random)
  let news: readonly AuditEvent[] = []

  async function begin(options: Pick<StartOptions, 'under'> = {}): Promise<ServerProcess> {
    connection?.close()
    server = await startServerProcess(folder, { port, ...options })
    if (!server) throw new Error('the server was killed by somebody else')
    connection = connect(port)
    journal.begin(journal.life + 1, connection)
    return server
  }
  async function openChallenges(each: number): Promise<void> {
    for (let i = 0; i < each; i++) await Promise.all(crowd.people.map((person) => openChallenge(journal, person)))
  }
  const current = (): Connection => {
    if (!connection) throw new Error('no life has begun')
    return connection
  }

  const first = await begin()
  for (let i = 0; i < people; i++) await signUp(journal, crowd, `person-${i}@example.test`)
  for (let i = 0; i < devicesEach; i++) {
    await Promise.all(crowd.people.map((person) => enrollDevice(journal, crowd, person)))
  }
  await openChallenges(4)
  await first.stop()

  return {
    folder,
    random,
    journal,
    crowd,
    load,
    begin,
    async beginInVain(killAfterMs) {
      server = await startServerProcess(folder, { port, killAfterMs })
      await server?.kill()
    },
    openChallenges,
    work(options) {
      const connection = current()
      let on = true
      const workers = Array.from({ length: actingAtOnce }, async () => {
        while (on && !connection.isRefused()) await load.act(options)
      })
      return async () => {
        on = false
        await Promise.all(workers)
      }
    },
    async readNews() {
      news = [...(await readEvents(current(), client, news[0]?.id)), ...news]
      return news
    },
    readAll: () => readEvents(current(), client),
  }
}
