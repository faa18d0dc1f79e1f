import { Command } from 'commander'
import { readCount } from '../read-count.ts'
import type { SimulationFlags } from './simulation-flags.ts'

/** `gatehouse simulate …`: attacks and honest people, in a test tenant or in a server of its own. */
export function simulateAttacksCommand(): Command {
  return new Command('simulate')
    .description('make attacks and honest people, and see what finds them')
    .argument('<what>', 'an attack at a server that runs; honest or all, in a server of its own; list, or odds')
    .option('--users <number>', 'how many accounts are attacked; how many people live honestly (200)', readCount)
    .option('--ip <address>', 'where the attack comes from')
    .option('--days <number>', 'of honest people, over in some minutes', readCount, 30)
    .option('--times <number>', 'how often each attack of all is made', readCount, 10)
    .option('--only <attacks>', 'some of all, with commas between them')
    .option('--seed <number>', 'the same seed makes the same people and attacks', readCount, 1)
    .option('--json', 'print one JSON object')
    .action(async (what: string, flags: SimulationFlags) => {
      // A server in this process is a good deal to load, and other commands need none.
      const { attackLive, listAttacks, measure, printOdds } = await import('./run-simulation.ts')
      if (what === 'list') return listAttacks(flags)
      if (what === 'odds') return printOdds(flags)
      return what === 'honest' || what === 'all' ? measure(what, flags) : attackLive(what, flags)
    })
}
