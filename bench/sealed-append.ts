// P8: what it costs to append events that are sealed, against the same rows with the same indexes and no seals.
// node --conditions=source bench/sealed-append.ts [events in each of ten rounds, 20000 unless said]
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Context, commit } from '@gatehouse/server/context'
import { signingKey } from '@gatehouse/server/crypto/ed25519'
import { newId } from '@gatehouse/server/kernel/ids'
import { record } from '@gatehouse/server/log/record'
import { sealJob } from '@gatehouse/server/log/seal.job'
import { operatorContext } from '@gatehouse/server/operator-context'
import { openSqlite } from '@gatehouse/server/storage/open-sqlite'
import { median, shuffle } from './statistics.ts'

const events = Number(process.argv[2] ?? 20_000)
const rounds = 10
/** As many as wait for one commit of a busy server. */
const eventsPerCommit = 100
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

function eventOf(ctx: Context) {
  const ipAddress = `10.${ctx.random(3).join('.')}`
  return record(
    { ...ctx, source: { ipAddress, userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' }, requestId: newId('req', ctx) },
    { type: 'login.succeeded', userId: newId('usr', ctx), sessionId: newId('ses', ctx), data: { acr: 'aal2' } },
  )
}

async function openLog(name: string) {
  const storage = await openSqlite({ file: join(folder, name), key: randomBytes(32), exclusive: true, nowMs: 0 })
  const seal = sealJob({ key: signingKey(randomBytes(32)), origin: 'bench.example.test/audit' })
  const contextOf = () => operatorContext({ storage, world: { now: () => new Date(), random: randomBytes } })
  return {
    storage,
    /** Processor time of an event in microseconds, of all threads. */
    async append(isSealed: boolean): Promise<number> {
      const before = process.cpuUsage()
      for (let done = 0; done < events; done += eventsPerCommit) {
        const ctx = contextOf()
        const { done: written } = await commit(
          ctx,
          Array.from({ length: eventsPerCommit }, () => eventOf(ctx)),
        )
        if (!written) throw new Error('not appended')
        // A seal takes up to 500.
        if (isSealed && done % 500 === 500 - eventsPerCommit) while ((await seal.run(contextOf())) === 'again');
      }
      const { user, system } = process.cpuUsage(before)
      return (user + system) / events
    },
  }
}

const [plain, sealed] = [await openLog('plain.db'), await openLog('sealed.db')]
try {
  const times = { plain: [] as number[], sealed: [] as number[] }
  for (let round = -1; round < rounds; round++) {
    for (const name of shuffle(['plain', 'sealed'] as const)) {
      const us = name === 'plain' ? await plain.append(false) : await sealed.append(true)
      if (round >= 0) times[name].push(us)
    }
  }
  const ratio = median(times.plain.map((us, round) => us / (times.sealed[round] ?? Number.NaN)))
  console.log(`without seals   ${median(times.plain).toFixed(1)} µs of CPU an event`)
  console.log(`sealed          ${median(times.sealed).toFixed(1)} µs of CPU an event`)
  console.log(`P8              ${ratio.toFixed(2)}× (target ≥ 0.7×)`)
} finally {
  await plain.storage.close()
  await sealed.storage.close()
  rmSync(folder, { recursive: true })
}
