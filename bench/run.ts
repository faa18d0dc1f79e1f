import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printReport, type Report } from './figures.ts'
import { startLoad } from './load.ts'
import { measureAll } from './measure-all.ts'
import type { Engine } from './site.ts'
import { measureSync } from './sync-time.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

const usage = `npm run bench -- [--quick] [--engine sqlite|postgres] [--only P1,P5]

Measures the built server against a bare Fastify route, on both engines unless one is named, in some seven minutes;
--quick takes one and a half and is less sure. P1 validation, P3 beside sign-ins, P4 beside TOTP on a slow disk, P5 TOTP,
P6 sign-in, P7 too many sign-ins, P10 start; only when named, P14 sign-in beside 10,000 refused requests a second and
P15 memory under a million of them.`

const usual = 'P1,P3,P4,P5,P6,P7,P10'
/** Those of a flood take minutes of their own: they are measured when they are named. */
const targets = new Set([...usual.split(','), 'P14', 'P15'])

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    only: { type: 'string', default: usual },
    help: { type: 'boolean', default: false },
  },
})
const engines = flags.engine.filter((name): name is Engine => name === 'sqlite' || name === 'postgres')
const wanted = new Set(flags.only.split(','))
const isUnderstood = engines.length === flags.engine.length && wanted.isSubsetOf(targets)

if (flags.help || !isUnderstood) {
  console.log(usage)
  process.exitCode = flags.help ? 0 : 2
} else if (engines.includes('postgres') && !process.env['GATEHOUSE_TEST_DATABASE_URL']) await runBesidePostgres()
else await runHere()

async function runBesidePostgres(): Promise<void> {
  const script = join(import.meta.dirname, '..', 'scripts', 'with-postgres.mjs')
  const args = [script, process.execPath, import.meta.filename, ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  process.on('SIGTERM', () => child.kill())
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
}

async function runHere(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('The bench reads /proc, so it runs on Linux only.')
  const startedAt = new Date()
  const workshop = openWorkshop()
  const endEarly = () => void workshop.close().finally(() => process.exit(1))
  process.on('SIGINT', endEarly).on('SIGTERM', endEarly)
  const report: Report = { loads: [], figures: [] }
  try {
    const load = await startLoad(workshop)
    const effort = flags.quick ? { rounds: 2, scale: 0.4 } : { rounds: 8, scale: 1 }
    await measureAll({ workshop, load, report, engines, wanted, ...effort })
    const sync = measureSync(workshop.makeFolder())
    console.log(`\n${printReport(report)}\n\n${describeMachine(workshop, sync)}`)
    writeResult(startedAt, workshop, { ...report, sync })
  } finally {
    await workshop.close()
  }
}

type Sync = ReturnType<typeof measureSync>

function describeMachine({ cores }: Workshop, { p50Ms, p99Ms }: Sync): string {
  const where = cores
    ? 'the load on one; of the servers those that are compared on another, the rest anywhere'
    : 'servers and load on any of them'
  return (
    `${availableParallelism()} processors: ${where}. Node ${process.versions.node}.\n` +
    `A sync of the disk takes ${p50Ms.toFixed(2)} ms (half of them), 99 of 100 take ${p99Ms.toFixed(2)}.\n` +
    'Times and rates are those of this machine, and of what else it had to do; the ratios travel.'
  )
}

function writeResult(startedAt: Date, workshop: Workshop, result: Report & { readonly sync: Sync }): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const name = `${startedAt.toISOString().replace(/[:.]/g, '-')}.json`
  const machine = { processors: availableParallelism(), pinned: workshop.cores !== undefined, node: process.version }
  writeFileSync(join(folder, name), `${JSON.stringify({ at: startedAt, machine, ...result }, null, 2)}\n`)
  console.log(`Written to bench/results/${name}`)
}
