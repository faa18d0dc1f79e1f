import type { Bench, Populated } from './bench.ts'
import { measureAgainstBare } from './measure-against-bare.ts'
import { measureNeighbour } from './measure-neighbours.ts'
import { measureOverload } from './measure-overload.ts'
import { measureMemoryOfRefusals, measureRefusals } from './measure-refusals.ts'
import { measureSignIn } from './measure-sign-in.ts'
import { measureStart } from './measure-start.ts'
import { makePeople, queueForTotp, signIn } from './people.ts'
import { logins, validations, verifications } from './requests.ts'
import { type Engine, makeSite, startSite } from './site.ts'

/** Everything that is asked for, one after the other. */
export async function measureAll(bench: Bench): Promise<void> {
  const { wanted, engines } = bench
  say('making data')
  const sites: Populated[] = []
  for (const engine of engines) sites.push(await populate(bench, engine))
  if (wanted.has('P10')) {
    say('P10 start')
    await measureStart(bench, sites)
  }
  for (const site of sites) await measureOnOneProcessor(bench, site)
  for (const site of sites) await measureManySignIns(bench, site)
  if (wanted.has('P4')) for (const engine of engines) await measureBesideTotp(bench, engine)
}

async function populate({ workshop }: Bench, engine: Engine): Promise<Populated> {
  const site = await makeSite(workshop, engine)
  const people = await makePeople(site, 6000)
  const running = await startSite(workshop, site)
  const tokens = await signIn(site, people.slice(0, 32))
  await running.stop()
  return { site, people, tokens }
}

/**
 * What is compared with something that also runs alone on that processor. One engine after the other: what a database
 * does after a batch would be charged to whoever has the next one.
 */
async function measureOnOneProcessor(bench: Bench, populated: Populated): Promise<void> {
  const { workshop, wanted } = bench
  if (wanted.has('P1')) await measureValidation(bench, populated)
  if (wanted.has('P5')) await measureTotp(bench, populated)
  if (wanted.has('P6')) {
    say(`P6 sign-in against its hash alone, ${populated.site.engine}`)
    const site = await startSite(workshop, populated.site, 'servers')
    await measureSignIn(bench, { ...populated, site })
    await site.stop()
  }
}

async function measureValidation(bench: Bench, { site, tokens }: Populated): Promise<void> {
  say(`P1 validation against a bare route, ${site.engine}`)
  await measureAgainstBare(bench, site, {
    id: 'P1',
    name: 'validation',
    atLeast: 0.45,
    usualBatch: 2000,
    bareTimes: 3,
    // Until the compiler has seen what is called often; the bare route gets as many, three times each.
    warmUpBatches: 24,
    comparisons: 5 * bench.rounds,
    starts: Math.ceil(bench.rounds / 2),
    prepare: (running) => (count) => validations(running, tokens, count),
  })
}

async function measureTotp(bench: Bench, { site }: Populated): Promise<void> {
  say(`P5 TOTP against a bare route, ${site.engine}`)
  const usualBatch = 1500
  const warmUpBatches = 4
  await measureAgainstBare(bench, site, {
    id: 'P5',
    name: 'TOTP',
    atLeast: 0.2,
    usualBatch,
    bareTimes: 8,
    warmUpBatches,
    comparisons: bench.rounds,
    // There are only so many codes.
    starts: 1,
    async prepare(running) {
      const queue = await queueForTotp(running, usualBatch * bench.scale * (2 * warmUpBatches + bench.rounds))
      return (count) => verifications(running, queue, count)
    },
  })
}

async function measureManySignIns(bench: Bench, { site, tokens, people }: Populated): Promise<void> {
  const running = await startSite(bench.workshop, site)
  if (bench.wanted.has('P3')) {
    say(`P3 validation beside sign-ins, ${site.engine}`)
    await measureNeighbour(bench, {
      id: 'P3',
      name: '16 signing in',
      site: running,
      tokens,
      p99AtMost: 5,
      rateAtLeast: 0.6,
      makeLane: () => ({ port: site.port, connections: 16, requests: logins(site, people, 1000) }),
    })
  }
  if (bench.wanted.has('P7')) {
    say(`P7 too many sign-ins, ${site.engine}`)
    await measureOverload(bench, { site: running, tokens, people })
  }
  if (bench.wanted.has('P14')) {
    say(`P14 sign-in and validation beside refusals, ${site.engine}`)
    await measureRefusals(bench, { site: running, tokens, people })
  }
  if (bench.wanted.has('P15')) {
    say(`P15 memory under refusals, ${site.engine}`)
    await measureMemoryOfRefusals(bench, { site: running, tokens, people })
  }
  await running.stop()
}

/** On data of its own: this many TOTP codes would make the other measurements longer. */
async function measureBesideTotp(bench: Bench, engine: Engine): Promise<void> {
  for (const syncDelayMs of bench.scale < 1 ? [10] : [0, 2, 10]) {
    say(`P4 validation beside TOTP, ${engine}, each commit ${syncDelayMs} ms longer`)
    const site = await startSite(bench.workshop, await makeSite(bench.workshop, engine, syncDelayMs))
    const tokens = await signIn(site, await makePeople(site, 8))
    const most = 3000
    const queue = await queueForTotp(site, most * Math.ceil(bench.rounds / 2))
    await measureNeighbour(bench, {
      id: 'P4',
      name: `TOTP, disk +${syncDelayMs} ms`,
      site,
      tokens,
      ...(syncDelayMs === 10 && { p99AtMost: 5 }),
      makeLane: () => ({ port: site.port, connections: 16, requests: verifications(site, queue, most) }),
    })
    await site.stop()
  }
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`)
}
