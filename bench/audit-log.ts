// The record at size: how long a page of a search takes, what an append costs and how fast the log is verified.
// node --conditions=source bench/audit-log.ts [events, 1000000 unless said]
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commit } from '@gatehouse/server/context'
import { signingKey } from '@gatehouse/server/crypto/ed25519'
import { sealJob } from '@gatehouse/server/log/seal.job'
import { verifyLog } from '@gatehouse/server/log/verify-log'
import { operatorContext } from '@gatehouse/server/operator-context'
import { openSqlite } from '@gatehouse/server/storage/open-sqlite'
import { begun, eventOf, printPages, questionsAt, timePages } from './audit-data.ts'

const wanted = Number(process.argv[2] ?? 1_000_000)
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const file = join(folder, 'gatehouse.db')
const key = signingKey(randomBytes(32))

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
    const batch = Array.from({ length: Math.min(1000, wanted - number) }, (_, index) =>
      eventOf(ctx, number + index, wanted),
    )
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

  printPages(await timePages(ctx, questionsAt(wanted)))

  const started = performance.now()
  const verdict = await verifyLog(ctx, { publicKeys: [key.publicKey] })
  const seconds = (performance.now() - started) / 1000
  say(`\nverify                         ${verdict.fits ? 'fits' : verdict.reason}, ${seconds.toFixed(1)} s`)
} finally {
  await storage.close()
  if (existsSync(folder)) rmSync(folder, { recursive: true })
}
