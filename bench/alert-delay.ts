import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createJobs } from '@gatehouse/server/app'
import { parseConfig } from '@gatehouse/server/config'
import { commit } from '@gatehouse/server/context'
import { newId } from '@gatehouse/server/kernel/ids'
import { record } from '@gatehouse/server/log/record'
import { machineWorld } from '@gatehouse/server/main'
import { openParts } from '@gatehouse/server/open-parts'
import { systemContext } from '@gatehouse/server/system-context'

/**
 * From an event to its alert in the database, while events come in: `node --conditions=source bench/alert-delay.ts`.
 * Nine of ten events are failed sign-ins, each from an address of its own, so that every one of them is counted under three rules.
 */
const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '1000' },
    database: { type: 'string' },
  },
})
const seconds = Number(flags.seconds)
const perTick = Math.ceil(Number(flags.rate) / 100)

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const parsed = parseConfig({
  GATEHOUSE_DATA_DIR: folder,
  ...(flags.database && { GATEHOUSE_DATABASE_URL: flags.database }),
})
if (!parsed.ok) throw new Error(parsed.errors.join('\n'))
const world = machineWorld()
const parts = await openParts(parsed.config, {
  world,
  exclusive: true,
  publicUrl: 'http://bench.test',
  reportFailure: (error) => console.error(error),
})
const jobs = await createJobs(parts, (error, job) => console.error(job, error))
/** When the event of each watched user was committed, by the user's id. */
const begun = new Map<string, number>()
const delays: number[] = []
parts.onCommit((writes) => {
  for (const { guardName, values } of writes) {
    if (guardName !== 'alert' || !('user_id' in values)) continue
    const at = begun.get(String(values.user_id))
    if (at !== undefined) delays.push(performance.now() - at)
  }
})
jobs.start({
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
})

let sent = 0
let address = 0
async function tick(): Promise<void> {
  const ctx = systemContext(parts)
  const failures = Array.from({ length: perTick - 1 }, () => {
    address++
    const ipAddress = `100.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`
    const source = { ipAddress, userAgent: null }
    return record(
      { ...ctx, source },
      { type: 'login.failed', email: `u${address}@example.test`, data: { reason: 'x' } },
    )
  })
  const userId = newId('usr', ctx)
  begun.set(userId, performance.now())
  await commit(ctx, [...failures, record(ctx, { type: 'push.denied', userId })])
  sent += perTick
}

const started = performance.now()
const running: Promise<void>[] = []
for (let index = 0; index < seconds * 100; index++) {
  const dueIn = started + index * 10 - performance.now()
  if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn))
  running.push(tick())
}
await Promise.all(running)
const took = (performance.now() - started) / 1000
await new Promise((resolve) => setTimeout(resolve, 5000))
await jobs.stop()
await parts.close()
rmSync(folder, { recursive: true })

const sorted = delays.toSorted((one, other) => one - other)
const at = (share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)
console.log(`${Math.round(sent / took)} events a second for ${took.toFixed(1)} s, ${begun.size} of them watched`)
console.log(`alerts ${sorted.length}   p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   slowest ${at(1)} ms`)
