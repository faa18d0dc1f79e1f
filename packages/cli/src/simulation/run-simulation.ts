import { findCredentials } from '../find-credentials.ts'
import { print } from '../print.ts'
import type { Attack } from './attacks/attack.ts'
import { attacks } from './attacks/attacks.ts'
import { printTable, tableOf } from './detection-table.ts'
import { measureOdds } from './guess-odds.ts'
import { liveStage } from './live-stage.ts'
import { measureAttacks, measureHonestDays } from './measure-detection.ts'
import { openProgress } from './progress.ts'
import type { SimulationFlags } from './simulation-flags.ts'
import { type Outcome, watchAttack } from './watch-attack.ts'

/** Every attack, and what happens in it. */
export function listAttacks({ json }: Pick<SimulationFlags, 'json'>): void {
  const data = attacks.map(({ name, sentence }) => ({ name, sentence }))
  print({ json }, { data }, data.map((each) => `${each.name.padEnd(22)}${each.sentence}`).join('\n'))
}

function findAttack(name: string): Attack {
  const found = attacks.find((attack) => attack.name === name)
  if (found) return found
  throw new Error(`there is no simulation ${name}; gatehouse simulate list names them`)
}

/** Prints what a thief with the password can hope for, by the rules as they are. */
export function printOdds({ json }: Pick<SimulationFlags, 'json'>): void {
  const data = [30, 365].map(measureOdds)
  const lines = data.map(
    ({ days, guesses, odds }) => `${days} days: ${guesses} codes judged, ${(odds * 100).toFixed(2)} %`,
  )
  print({ json }, { data }, lines.join('\n'))
}

/** Prints what is detected and what is a false alarm, at a server of its own. Exit code 1: an attack was missed. */
export async function measure(what: 'honest' | 'all', flags: SimulationFlags): Promise<void> {
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
    print(flags, table, printTable(table))
    if (table.detections.some(({ found, times }) => found < times)) process.exitCode = 1
  } finally {
    progress.end()
  }
}

/** Attacks a test tenant of a server that runs. */
export async function attackLive(name: string, flags: SimulationFlags): Promise<void> {
  const attack = findAttack(name)
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
    print(flags, { attack: attack.name, outcomes }, outcomes.map(describe).join('\n'))
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
