import { createBackup, restoreBackup, startEpochHere, verifyBackup } from '@gatehouse/server/backup'
import { machineWorld } from '@gatehouse/server/main'
import { Command } from 'commander'
import { type Printed, print } from './print.ts'
import { readConfig } from './read-config.ts'
import { withData } from './with-data.ts'

/** `gatehouse backup …`: copies of the embedded database, made beside a running server. */
export function backupCommand(): Command {
  const create = new Command('create')
    .description('write an encrypted backup of the embedded database, while the server goes on')
    .requiredOption('--to <file>', 'where; there must be nothing of that name')
    .option('--json', 'print one JSON object')
    .action(({ to, json }: Printed & { readonly to: string }) =>
      withData(async (parts) => {
        const { made_at, bytes, sha256, key_encryption_key } = await createBackup(readConfig(), parts, to)
        const said = `${to}   ${bytes} bytes, as of ${made_at}\nIt opens with the key ${key_encryption_key}. Keep that one somewhere else.`
        print({ json }, { file: to, made_at, bytes, sha256, key_encryption_key }, said)
      }),
    )
  const verify = new Command('verify')
    .description('open a backup and look at every page and every key in it')
    .argument('<file>', 'the backup')
    .option('--keys <folder>', 'where the key-encryption key is (that of GATEHOUSE_DATA_DIR)')
    .option('--json', 'print one JSON object')
    .action(async (file: string, { keys, json }: Printed & { readonly keys?: string }) => {
      const { keyFolder, dataFolder } = readConfig()
      const given = { world: machineWorld(), keyFolder: keys ?? keyFolder, beside: dataFolder }
      const { made_at, bytes, sha256 } = await verifyBackup(file, given)
      const said = `ok  ${file} can be restored, as of ${made_at}`
      print({ json }, { fits: true, made_at, bytes, sha256 }, said)
    })
  return new Command('backup').description('backups of the embedded database').addCommand(create).addCommand(verify)
}

interface RestoreFlags extends Printed {
  readonly into?: string
  readonly keys?: string
  readonly doneElsewhere?: string
}

/** `gatehouse restore`: a data folder out of a backup, in which nothing is good that was used or ended since. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('make a data folder of a backup; what was used or ended since then stays so')
    .argument('[file]', 'the backup')
    .option('--into <folder>', 'an empty folder (GATEHOUSE_DATA_DIR)')
    .option('--keys <folder>', 'where the key-encryption key is (the folder keys in that one)')
    .option(
      '--done-elsewhere <time>',
      'the database was put back by other means (pg_restore), as it was at this time; no server may run on it',
    )
    .option('--json', 'print one JSON object')
    .action((file: string | undefined, flags: RestoreFlags) => {
      if (file !== undefined && flags.doneElsewhere === undefined) return restoreFile(file, flags)
      if (file === undefined && flags.doneElsewhere !== undefined) return restoreElsewhere(flags.doneElsewhere, flags)
      throw new Error('name a backup, or say with --done-elsewhere that the database was put back already')
    })
}

async function restoreFile(file: string, { into, keys, json }: RestoreFlags): Promise<void> {
  const config = readConfig({ GATEHOUSE_DATA_DIR: into })
  const given = { world: machineWorld(), keyFolder: keys ?? config.keyFolder }
  const { manifest, epoch } = await restoreBackup(file, config, given)
  tell(manifest.made_at, epoch, json)
}

async function restoreElsewhere(time: string, { json }: RestoreFlags): Promise<void> {
  const madeAt = new Date(time)
  if (!(madeAt.getTime() <= Date.now()))
    throw new Error('--done-elsewhere takes a time that is past: 2026-11-22T10:00:00Z')
  await withData(async (parts) => tell(madeAt.toISOString(), await startEpochHere(parts, madeAt), json))
}

function tell(madeAt: string, { changed, removed }: { changed: number; removed: number }, json?: boolean): void {
  if (json) {
    console.log(JSON.stringify({ made_at: madeAt, factors_moved_on: changed, factors_removed: removed }))
    return
  }
  console.log(`restored as of ${madeAt}

  Everybody has to sign in again. ${removed} sets of recovery codes and access passes are void; ${changed} factors take no code that
  can have been used before. The server answers from five minutes after this on.

  Look at what happened after ${madeAt}, which nobody here knows any more, and do it again:
    secrets that were revoked and clients that were disabled   gatehouse clients list
    users that were disabled, passwords and factors that were changed
    people that were erased`)
}
