import type { ServiceLevel } from '@gatehouse/contract/level-operations'
import { Command } from 'commander'
import { atDesk, type DeskFlags, forDesk } from './desk.ts'
import { readTime } from './read-time.ts'

interface Flags extends DeskFlags {
  readonly since: string
}

/** `gatehouse slo`: whether the service does what it promises, whether a server runs on the data folder or not. */
export function sloCommand(): Command {
  return forDesk(new Command('slo'))
    .description('whether the service does what it promises, in numbers')
    .option('--since <time>', 'how far back: 24h, 30d, or a time like 2026-11-01T00:00:00Z', '30d')
    .action((flags: Flags) =>
      atDesk(flags, async ({ serviceLevels }) => {
        const found = await serviceLevels.get({ since: readTime('--since', flags.since, new Date()) })
        if (flags.json) return console.log(JSON.stringify(found))
        console.log(`${found.since} to ${found.until}\n`)
        const rows = [heads, ...found.levels.map(rowOf)]
        const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
        for (const row of rows) {
          console.log(
            row
              .map((cell, column) => cell.padEnd(widths[column] ?? 0))
              .join('  ')
              .trimEnd(),
          )
        }
        if (found.failing_transports.length > 0) {
          console.log(`\noffered last, because they deliver too little: ${found.failing_transports.join(', ')}`)
        }
      }),
    )
}

const heads = ['level', 'promised', 'is', 'counted', 'may still fail', '']

function rowOf({
  name,
  objective,
  within_ms,
  value,
  met,
  good,
  bad,
  budget_left,
  burning,
  p50_ms,
  p99_ms,
}: ServiceLevel) {
  const within = within_ms === null ? '' : ` within ${within_ms} ms`
  const times = p50_ms === null ? '' : ` (half ≤ ${p50_ms} ms, 99 of 100 ≤ ${p99_ms ?? 'more'} ms)`
  const state = value === null ? 'nothing to count' : met ? 'met' : 'MISSED'
  return [
    name,
    `≥ ${objective} %${within}`,
    value === null ? '–' : `${value} %${times}`,
    `${good} of ${good + bad}`,
    budget_left === null ? '–' : `${Math.round(budget_left * 100)} %`,
    burning === null ? state : `${state}, burning ${burning}`,
  ]
}
