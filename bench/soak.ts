import { parseArgs } from 'node:util'
import { startLoad } from './load.ts'
import { makePeople, queueForTotp, signIn } from './people.ts'
import { countHandles, readRssMib } from './process-tree.ts'
import { refusals } from './refusals.ts'
import { logins, validations, verifications } from './requests.ts'
import { type Engine, makeSite, startSite } from './site.ts'
import { slope } from './statistics.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

/**
 * An hour of mixed traffic, and what it leaves in memory (case 214 of the attack catalogue): `npm run build`, then
 * `node scripts/with-postgres.mjs node --conditions=source bench/soak.ts`. Both engines at once; the rate is low on purpose,
 * so that it can run beside other work: 30 validations a second, one sign-in, one TOTP code and 20 refusals.
 */
const { values: flags } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } })
const minutes = Number(flags.minutes)
/** A batch: shorter than the life of a code of TOTP. */
const seconds = 25
const perSecond = { validations: 30, logins: 1, verifications: 1, refusals: 20 }
/** Everything has an answer of its own; these are the expected ones besides 200. */
const refusedAs = [401, 403, 429]

interface Sample {
  readonly minute: number
  readonly rssMib: number
  readonly handles: number
}

async function soak(workshop: Workshop, engine: Engine): Promise<void> {
  const idle = await makeSite(workshop, engine)
  const people = await makePeople(idle, 2000)
  const site = await startSite(workshop, idle)
  const tokensUntil = { tokens: await signIn(site, people.slice(0, 32)), minute: 0 }
  const load = await startLoad(workshop)
  const samples: Sample[] = []
  const startedMs = performance.now()
  for (let minute = 0, told = 0; minute < minutes; ) {
    // Tokens live for an hour.
    if (minute - tokensUntil.minute > 30) {
      Object.assign(tokensUntil, { tokens: await signIn(site, people.slice(0, 32)), minute })
    }
    // A little more than is sent: a lane that runs dry would end the batch.
    const amountOf = (kind: keyof typeof perSecond) => Math.ceil(perSecond[kind] * seconds * 1.1)
    const queue = await queueForTotp(site, amountOf('verifications'))
    const lane = (kind: keyof typeof perSecond, connections: number, requests: readonly Uint8Array[]) => ({
      port: site.port,
      connections,
      requests,
      perSecond: perSecond[kind],
    })
    const lanes = [
      lane('validations', 8, validations(site, tokensUntil.tokens, amountOf('validations'))),
      lane('logins', 2, logins(site, people, amountOf('logins'))),
      lane('verifications', 2, verifications(site, queue, amountOf('verifications'))),
      lane('refusals', 8, refusals(site, amountOf('refusals'))),
    ]
    const batches = await load.run(site, { lanes, forMs: seconds * 1000, restMs: 0.12 }, refusedAs)
    const wronged = batches.slice(0, 3).find(({ result }) => result.statuses.some((status) => status !== 200))
    if (wronged) throw new Error(`Something that is right was refused: ${JSON.stringify(wronged.result.samples)}`)
    minute = (performance.now() - startedMs) / 60_000
    samples.push({ minute, rssMib: readRssMib(site.pid), handles: countHandles(site.pid) })
    if (minute - told < 5) continue
    told = minute
    console.log(describe(engine, samples))
  }
  console.log(describe(engine, samples))
  await site.stop()
}

/** The newest sample, and how memory and handles grew over the second half: what fills up once has done so by then. */
function describe(engine: Engine, samples: readonly Sample[]): string {
  const late = samples.slice(Math.floor(samples.length / 2))
  const perHour = (of: (sample: Sample) => number) => slope(late.map((each) => [each.minute / 60, of(each)])).toFixed(1)
  const { minute, rssMib, handles } = samples.at(-1) as Sample
  const growth = `over the second half ${perHour((each) => each.rssMib)} MiB and ${perHour((each) => each.handles)} handles an hour`
  return `${engine.padEnd(9)}${minute.toFixed(0)} min: ${rssMib.toFixed(0)} MiB, ${handles} handles; ${growth}`
}

const workshop = openWorkshop()
process.on('SIGINT', () => void workshop.close().finally(() => process.exit(1)))
try {
  const engines: readonly Engine[] = process.env['GATEHOUSE_TEST_DATABASE_URL'] ? ['sqlite', 'postgres'] : ['sqlite']
  await Promise.all(engines.map((engine) => soak(workshop, engine)))
} finally {
  await workshop.close()
}
