// How much longer a page of the record takes when there are ten times as many events (P9): at a million and at ten million of them.
// node --conditions=source bench/audit-size.ts [sizes, 1000000 10000000 unless said]. Needs a kilobyte of disk an event, in the folder for temporary files.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commit } from '@gatehouse/server/context'
import { signingKey } from '@gatehouse/server/crypto/ed25519'
import { sealJob } from '@gatehouse/server/log/seal.job'
import { operatorContext } from '@gatehouse/server/operator-context'
import { openSqlite } from '@gatehouse/server/storage/open-sqlite'
import { openConnection } from '@gatehouse/server/storage/sqlite-connection'
import { begun, eventOf, type PageTimes, questionsAt, spanMs, timePages } from './audit-data.ts'
import { median } from './statistics.ts'

const sizes = (process.argv.length > 2 ? process.argv.slice(2) : ['1000000', '10000000']).map(Number)
const largest = Math.max(...sizes)
/** So many are put on record and sealed by the server. The others are copies of them, with ids and times of their own. */
const made = Math.min(100_000, ...sizes)
const neededBytes = largest * 1600
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const open = { file: join(folder, 'gatehouse.db'), key: randomBytes(32) }
const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`)

async function withRecord<Result>(act: (ctx: ReturnType<typeof operatorContext>) => Promise<Result>): Promise<Result> {
  const storage = await openSqlite({ ...open, exclusive: true, nowMs: 0 })
  try {
    return await act(operatorContext({ storage, world: { now: () => new Date(begun + spanMs), random: randomBytes } }))
  } finally {
    await storage.close()
  }
}

async function makeEvents(): Promise<void> {
  const job = sealJob({ key: signingKey(randomBytes(32)), origin: 'bench.example.test/audit' })
  await withRecord(async (ctx) => {
    for (let number = 0; number < made; number += 1000) {
      const batch = Array.from({ length: 1000 }, (_, index) => eventOf(ctx, number + index, largest))
      const { done } = await commit(ctx, batch)
      if (!done) throw new Error('not appended')
      while ((await job.run(ctx)) === 'again');
    }
  })
}

/** Without the indexes, which are made again at the end: in order is many times faster than one by one. */
function copyEvents(from: number, to: number): void {
  const db = openConnection({ ...open, busyTimeoutMs: 1000 }, { mode: 'write', cacheMiB: 512 })
  try {
    db.pragma('synchronous = off')
    const indexes = db.prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'event' AND sql IS NOT NULL",
    )
    const found = indexes.all() as { name: string; sql: string }[]
    for (const { name } of found) db.exec(`DROP INDEX "${name}"`)
    const everyMs = Math.floor(spanMs / largest)
    const copy =
      db.prepare(`INSERT INTO event (position, id, tenant_id, type, at, actor, client_system, user_id, session_id, request_id,
        data, commitment, salt, email, ip_address, user_agent, geo_location, address_key)
      SELECT position + @shift, printf('evt_%026d', position + @shift), tenant_id, type, at + @shift * @everyMs, actor, client_system, user_id,
        printf('ses_%026d', (position + @shift) >> 3), printf('req_%026d', (position + @shift) >> 1),
        data, commitment, salt, email, ip_address, user_agent, geo_location, address_key
      FROM event WHERE position < @upTo ORDER BY position`)
    for (let shift = from; shift < to; shift += made) copy.run({ shift, everyMs, upTo: Math.min(made, to - shift) })
    say(`${to} events`)
    for (const { name, sql } of found) {
      db.exec(sql)
      say(`index ${name}`)
    }
    db.pragma('wal_checkpoint(truncate)')
  } finally {
    db.close()
  }
}

const free = statfsSync(folder)
try {
  if (free.bavail * free.bsize < 2 * neededBytes)
    throw new Error(`there is no room for ${(2 * neededBytes) / 1e9} GB in ${tmpdir()}`)
  await makeEvents()
  say(`${made} events made and sealed`)
  const measured: { size: number; times: ReadonlyMap<string, PageTimes> }[] = []
  let size = made
  for (const next of sizes) {
    copyEvents(size, next)
    size = next
    measured.push({ size, times: await withRecord((ctx) => timePages(ctx, questionsAt(size))) })
    say(`asked; the file has ${(statSync(open.file).size / 1e9).toFixed(1)} GB`)
  }
  report(measured)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function report(measured: readonly { readonly size: number; readonly times: ReadonlyMap<string, PageTimes> }[]): void {
  const [first, last] = [measured[0], measured.at(-1)]
  if (!first || !last) return
  const heads = measured.map(({ size }) => `${size / 1e6} M: p50, longest`.padStart(24))
  console.log(`\nfirst page of 50, ms      ${heads.join('')}     ratio`)
  const ratios: number[] = []
  for (const name of first.times.keys()) {
    const cells = measured.map(({ times }) => {
      const { firstP50 = Number.NaN, firstLongest = Number.NaN } = times.get(name) ?? {}
      return `${firstP50.toFixed(1)}, ${firstLongest.toFixed(1)}`.padStart(24)
    })
    const ratio = (last.times.get(name)?.firstP50 ?? Number.NaN) / (first.times.get(name)?.firstP50 ?? Number.NaN)
    ratios.push(ratio)
    console.log(`${name.padEnd(26)}${cells.join('')}${ratio.toFixed(2).padStart(9)}×`)
  }
  const longest = Math.max(...[...last.times.values()].map(({ firstLongest }) => firstLongest))
  console.log(
    `\nP9  ${median(ratios).toFixed(2)}× (median; target ≤ 3×); the longest page at ${last.size / 1e6} M ${longest.toFixed(0)} ms (target < 300 ms)`,
  )
}
