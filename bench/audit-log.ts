// The record at size: how long a page of a search takes, what an append costs and how fast the log is verified.
// node --conditions=source bench/audit-log.ts [events, 1000000 unless said]
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EventType, events } from '@gatehouse/contract/events'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { type Context, commit } from '@gatehouse/server/context'
import { signingKey } from '@gatehouse/server/crypto/ed25519'
import type { SessionId, UserId } from '@gatehouse/server/kernel/ids'
import { readPage } from '@gatehouse/server/log/list-audit-events'
import { record } from '@gatehouse/server/log/record'
import { sealJob } from '@gatehouse/server/log/seal.job'
import { verifyLog } from '@gatehouse/server/log/verify-log'
import { operatorContext } from '@gatehouse/server/operator-context'
import { openSqlite } from '@gatehouse/server/storage/open-sqlite'

const wanted = Number(process.argv[2] ?? 1_000_000)
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const file = join(folder, 'gatehouse.db')
const key = signingKey(randomBytes(32))
const begun = Date.parse('2026-01-01T00:00:00Z')
const everyMs = Math.floor((300 * 86_400_000) / wanted)

/** The same events whenever they are made: what is drawn comes from the number alone. */
function drawn(number: number, salt: number, below: number): number {
  return (Math.imul(2 * number + salt, 0x9e3779b1) >>> 8) % below
}

const common: readonly EventType[] = ['login.succeeded', 'login.challenged', 'factor.verified', 'token.refreshed']
const others = Object.keys(events) as EventType[]
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0'

const idOf = (prefix: string, number: number) => `${prefix}_${String(number).padStart(26, '0')}`
const addressOf = (user: number) => `10.${(user >> 16) & 255}.${(user >> 8) & 255}.${user & 255}`

function eventOf(base: Context, number: number) {
  const user = drawn(number, 1, 50_000)
  const share = drawn(number, 2, 100)
  const type = share < 80 ? common[share % common.length] : others[number % others.length]
  const slug = share === 7 && number % 50 === 0 ? 'quiet-app' : `portal-${user % 4}`
  const ctx: Context = {
    ...base,
    now: new Date(begun + number * everyMs),
    actor: { kind: 'client', client: { slug } as never },
    source: { ipAddress: addressOf(user), userAgent },
    requestId: idOf('req', number >> 1),
  }
  return record(ctx, {
    type: type ?? 'login.succeeded',
    userId: idOf('usr', user) as UserId,
    sessionId: idOf('ses', number >> 3) as SessionId,
    email: `user-${user}@example.test`,
    data: { factor_type: 'totp' },
  })
}

const cpuMs = (from?: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000
}
const say = (line: string) => console.log(line)

const storage = await openSqlite({ file, key: randomBytes(32), exclusive: true, nowMs: 0 })
try {
  const ctx = operatorContext({ storage, world: { now: () => new Date(begun), random: randomBytes } })
  const job = sealJob({ key, origin: 'bench.example.test/audit' })
  const times = { append: 0, seal: 0 }
  for (let number = 0; number < wanted; number += 1000) {
    const started = cpuMs()
    const batch = Array.from({ length: Math.min(1000, wanted - number) }, (_, index) => eventOf(ctx, number + index))
    const { done } = await commit(ctx, batch)
    if (!done) throw new Error('not appended')
    const sealing = cpuMs()
    while ((await job.run(ctx)) === 'again');
    times.append += sealing - started
    times.seal += cpuMs() - sealing
    if (number % 100_000 === 0 && process.stderr.isTTY) process.stderr.write(`\r${number} of ${wanted} events`)
  }
  say(`events                         ${wanted}`)
  say(`append, all indexes            ${((times.append * 1000) / wanted).toFixed(1)} µs of CPU an event`)
  say(`seal                           ${((times.seal * 1000) / wanted).toFixed(1)} µs of CPU an event`)

  const user = 31_415
  const oneEvent = idOf('ses', Math.floor(wanted / 2) >> 3) as AuditEvent['session_id'] & SessionId
  const day = (number: number) => new Date(begun + number * 86_400_000).toISOString()
  const questions: Readonly<Record<string, Partial<Parameters<typeof readPage>[1]>>> = {
    everything: {},
    user: { user_id: idOf('usr', user) as UserId },
    'e-mail': { email: `User-${user}@example.test` },
    address: { ip_address: addressOf(user) },
    'network of 256': { network: '10.0.122.0/24' },
    'network of everybody': { network: '10.0.0.0/8' },
    'network of nobody': { network: '192.0.2.0/24' },
    'action, common': { action: 'login' },
    'action, rare': { action: 'policy_changed' },
    'outcome refused': { outcome: 'refused' },
    client: { client_system: 'portal-1' },
    'client, quiet': { client_system: 'quiet-app' },
    country: { country: 'FR' },
    session: { session_id: oneEvent },
    request: { request_id: idOf('req', wanted >> 2) },
    'a day half a year ago': { since: day(150), until: day(151) },
    'user and action': { user_id: idOf('usr', user) as UserId, action: 'failed_login' },
    'client, outcome, day': { client_system: 'portal-2', outcome: 'failure', since: day(200), until: day(201) },
    'what never meets': { client_system: 'portal-1', network: '10.0.0.0/8', action: 'login', email: 'nobody@x.test' },
  }
  say('\npage of 50                     rows   first page    10th page   (ms; the longest of five)')
  for (const [name, question] of Object.entries(questions)) {
    let [first, tenth, rows] = [0, 0, 0]
    for (let round = 0; round < 5; round++) {
      let cursor: string | undefined
      for (let page = 1; page <= 10; page++) {
        const started = performance.now()
        const answer = await readPage(ctx, { limit: 50, ...question, cursor } as Parameters<typeof readPage>[1])
        const ms = performance.now() - started
        if (page === 1) [first, rows] = [Math.max(first, ms), answer.data.length]
        if (page === 10) tenth = Math.max(tenth, ms)
        if (answer.next_cursor === null) break
        cursor = answer.next_cursor
      }
    }
    const last = tenth === 0 ? '-' : tenth.toFixed(1)
    say(`${name.padEnd(30)} ${String(rows).padStart(4)} ${first.toFixed(1).padStart(12)} ${last.padStart(12)}`)
  }

  const started = performance.now()
  const verdict = await verifyLog(ctx, { publicKeys: [key.publicKey] })
  const seconds = (performance.now() - started) / 1000
  say(`\nverify                         ${verdict.fits ? 'fits' : verdict.reason}, ${seconds.toFixed(1)} s`)
} finally {
  await storage.close()
  if (existsSync(folder)) rmSync(folder, { recursive: true })
}
