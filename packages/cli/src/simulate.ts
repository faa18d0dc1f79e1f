import { readFileSync } from 'node:fs'
import { PolicyChange } from '@gatehouse/contract/policy-operations'
import type { Simulation } from '@gatehouse/contract/simulation-operations'
import { Command } from 'commander'
import { atDesk, type DeskFlags, forDesk } from './desk.ts'
import { print } from './print.ts'

interface Flags extends DeskFlags {
  readonly last: string
}

/** `gatehouse policy simulate`: what other rules would have made of the sign-ins on record. Nothing is changed. */
export function simulateCommand(): Command {
  return forDesk(new Command('simulate'))
    .description('run other rules over the sign-ins on record, and change nothing')
    .argument('<file>', 'the change as JSON: {"mfa": "required", "risk": {"reasons": {"different_country": "refuse"}}}')
    .option('--last <days>', 'how far back, 1d to 90d', '30d')
    .action((file: string, flags: Flags) => {
      const change = readChange(file)
      const days = Number(/^(\d{1,2})d?$/.exec(flags.last)?.[1])
      if (!(days >= 1 && days <= 90)) throw new Error('--last is a number of days from 1d to 90d')
      return atDesk(flags, async ({ policy }) => {
        const found = await policy.simulate({ change, last_days: days })
        print(flags, found, describe(found, days))
      })
    })
}

function readChange(file: string): PolicyChange {
  const change = PolicyChange.safeParse(parse(readFileSync(file, 'utf8')))
  if (change.success) return change.data
  const [issue] = change.error.issues
  throw new Error(`${file} is no change of the policy: ${issue?.path.join('.') || 'it'} ${issue?.message ?? ''}`)
}

/** Null for what is no JSON: no schema of ours takes it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function describe(found: Simulation, days: number): string {
  const { sign_ins, people, before, after, nothing_enrolled, locked_out } = found
  const line = (name: string, kind: keyof Simulation['before']) => {
    const [was, is] = [before[kind], after[kind]]
    return `${name.padEnd(38)}${String(was.sign_ins).padStart(8)} →${String(is.sign_ins).padStart(8)}   (${is.people} people)`
  }
  return [
    `the last ${days} days: ${sign_ins} sign-ins of ${people} people; now → then`,
    line('let in', 'let_in'),
    line('asked for a factor that was not shown', 'asked'),
    line('to set up a factor first', 'enrolment_demanded'),
    line('refused', 'refused'),
    line('owner told by mail', 'notified'),
    `${nothing_enrolled.people} people have nothing enrolled and would need a factor`,
    `${locked_out.people} people would not have come in at all`,
    'Nothing was changed. With --json you see who.',
  ].join('\n')
}
