import { planUpgrade } from '@gatehouse/server/plan-upgrade'
import { Command } from 'commander'
import { type Printed, print } from './print.ts'
import { readConfig } from './read-config.ts'
import { withData } from './with-data.ts'

/** `gatehouse upgrade plan`: what a start of this version would change, without starting it. */
export function upgradeCommand(): Command {
  const plan = new Command('plan')
    .description('say what this version would change in the database, and change nothing')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: Printed) => {
      const { missing } = await planUpgrade(readConfig())
      const said =
        missing.length === 0
          ? 'ok  the database is as this version wants it'
          : `A start of this version changes the database:\n${missing.map((name) => `  ${name}\n`).join('')}There is no way back but a backup; of the embedded database one is made first, beside it.`
      print({ json }, { current: missing.length === 0, missing }, said)
    })
  return new Command('upgrade').description('before another version is started').addCommand(plan)
}

/** `gatehouse migrate`: the change that the next start would make, at a time of the operator's own choosing. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to what this version wants, as its start would')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: Printed) => {
      const config = readConfig()
      const { missing } = await planUpgrade(config)
      // To open it is to migrate it.
      await withData(async () => undefined)
      const said = missing.length === 0 ? 'ok  nothing was missing' : `ok  ${missing.join(', ')}`
      print({ json }, { applied: missing }, said)
    })
}
