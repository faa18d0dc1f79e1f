import { Command } from 'commander'
import { findCredentials } from '../find-credentials.ts'
import { readCount } from '../read-count.ts'
import type { Attack } from './attacks/attack.ts'
import { attacks } from './attacks/attacks.ts'
import { printTable, tableOf } from './detection-table.ts'
import { liveStage } from './live-stage.ts'
import { measureAttacks, measureHonestDays } from './measure-detection.ts'
import { openProgress } from './progress.ts'
import { type Outcome, watchAttack } from './watch-attack.ts'

interface Flags {
  readonly days: number
  readonly users?: number
  readonly seed: number
  readonly times: number
  readonly only?: string
  readonly ip?: string
  readonly json?: boolean
}

/** `gatehouse simulate …`: attacks and honest people, in a test tenant or in a server of its own. */
export function simulateAttacksCommand(): Command {
  return new Command('simulate')
    .description('make attacks and honest people, and see what finds them')
    .argument('<what>', 'an attack at a server that runs; or honest or all, in a server of its own')
    .option('--users <number>', 'how many accounts are attacked; how many people live honestly (200)', readCount)
    .option('--ip <address>', 'where the attack comes from')
    .option('--days <number>', 'of honest people, over in some minutes', readCount, 30)
    .option('--times <number>', 'how often each attack of all is made', readCount, 10)
    .option('--only <attacks>', 'some of all, with commas between them')
    .option('--seed <number>', 'the same seed makes the same people and attacks', readCount, 1)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      () => `\nAttacks:\n${attacks.map(({ name, sentence }) => `  ${name.padEnd(22)}${sentence}`).join('\n')}`,
    )
    .action((what: string, flags: Flags) => {
      if (what === 'honest' || what === 'all') return measure(what, flags)
      const attack = findAttack(what)
      return attackLive(attack, flags)
    })
}

function findAttack(name: string): Attack {
  const found = attacks.find((attack) => attack.name === name)
  if (found) return found
  throw new Error(`there is no simulation ${name}; gatehouse simulate --help names them`)
}

async function measure(what: 'honest' | 'all', flags: Flags): Promise<void> {
  const { seed, times, days, users = 200 } = flags
  const wanted = flags.only === undefined ? attacks : flags.only.split(',').map(findAttack)
  const progress = openProgress()
  try {
    const outcomes =
      what === 'honest' ? [] : await measureAttacks(wanted, { seed, times, say: progress.say, measuresDelay: true })
    // Some attacks alone are tried by somebody who works on a rule.
    const tally = flags.only === undefined ? await measureHonestDays({ seed, users, days }, progress.say) : undefined
    progress.end()
    const table = tableOf(outcomes, tally)
    console.log(flags.json ? JSON.stringify(table) : printTable(table))
    if (table.detections.some(({ found, times }) => found < times)) process.exitCode = 1
  } finally {
    progress.end()
  }
}

async function attackLive(attack: Attack, flags: Flags): Promise<void> {
  if (attack.needs === 'hours') {
    throw new Error(
      `${attack.name} takes hours; gatehouse simulate all --only ${attack.name} lets them go by in a moment`,
    )
  }
  if (attack.needs === 'other rules') {
    throw new Error(`${attack.name} needs other rules; gatehouse simulate all --only ${attack.name} brings them`)
  }
  const progress = openProgress()
  try {
    const stage = await liveStage(findCredentials(), flags.seed, progress.say)
    const outcomes = await watchAttack(stage, attack, { ip: flags.ip, users: flags.users })
    progress.end()
    console.log(flags.json ? JSON.stringify({ attack: attack.name, outcomes }) : outcomes.map(describe).join('\n'))
    if (outcomes.some(({ found }) => !found)) process.exitCode = 1
  } finally {
    progress.end()
  }
}

function describe({ attack, finding, found, delayMs, alertId }: Outcome): string {
  const name = 'alert' in finding ? `alert ${finding.alert}` : `reason ${finding.reason} in the record`
  if (!found) return `${attack}: not found by ${name}`
  return alertId
    ? `${attack}: ${name}, ${delayMs} ms after the event  ${alertId}`
    : `${attack}: ${name}, before the answer`
}
