import type { Context } from '@gatehouse/server/context'
import { countSealed } from '@gatehouse/server/keys/count-sealed'
import { type KeyRow, listKeyRows } from '@gatehouse/server/keys/key.store'
import { listKeyEncryptionKeys } from '@gatehouse/server/keys/key-file'
import { type Retirement, retireOnDemand } from '@gatehouse/server/keys/retire-on-demand'
import { revokeTokenRoot } from '@gatehouse/server/keys/revoke-key'
import { type RotatedPurpose, rotateKey } from '@gatehouse/server/keys/rotate-key'
import { retireKeyEncryptionKey, rotateKeyEncryptionKey } from '@gatehouse/server/keys/rotate-wrapping'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { sealedColumns } from '@gatehouse/server/sealed-columns'
import { Argument, Command } from 'commander'
import { type Printed, print } from './print.ts'
import { readConfig } from './read-config.ts'
import { withData } from './with-data.ts'

/** What can be rotated, as it is called here. */
const purposes = { data: 'data', tokens: 'token_root' } as const satisfies Record<string, RotatedPurpose>
const wrapper = 'key-encryption-key'
type Which = keyof typeof purposes | typeof wrapper

/** `gatehouse keys …`: the keys that seal what is secret. Never the keys themselves. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('the keys that seal what is secret')
    .addCommand(statusCommand())
    .addCommand(rotateCommand())
    .addCommand(retireCommand())
    .addCommand(revokeCommand())
}

function statusCommand(): Command {
  return new Command('status')
    .description('list the keys of the database: what for, how old, which key opens each, how much each has sealed')
    .option('--json', 'print one JSON object')
    .action(({ json }: Printed) =>
      withData(async ({ storage }) => {
        const rows = await listKeyRows(storage)
        const counts = await countSealed(storage, sealedColumns)
        const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
        const [newest, ...older] = listKeyEncryptionKeys(readConfig().keyFolder)
        const wrappers = [newest, ...older].flatMap((id) => (id === undefined ? [] : describeWrapper(id, newest, rows)))
        const data = [...wrappers, ...rows.map((row) => describe(row, counts, all))]
        const lines = data.map(({ records, percent, ...key }) =>
          [...Object.values(key), ...(records === undefined ? [] : [`${records} records, ${percent} %`])].join('\t'),
        )
        print({ json }, { data }, lines.join('\n'))
      }),
    )
}

function describeWrapper(id: string, newest: string | undefined, rows: readonly KeyRow[]) {
  const keys = rows.filter(({ wrapped_by }) => wrapped_by === id)
  return {
    id,
    purpose: 'key_encryption',
    state: id === newest ? 'in use' : 'replaced',
    records: keys.length,
    percent: Math.floor((100 * keys.length) / rows.length),
  }
}

/** All that is sealed is under data keys. Less than all of it is never shown as 100 %. */
function describe(row: KeyRow, counts: ReadonlyMap<string, number>, all: number) {
  const { id, purpose, wrapped_by, created_at, replaced_at } = row
  const records = counts.get(id) ?? 0
  const percent = all === 0 ? (replaced_at === null ? 100 : 0) : Math.floor((100 * records) / all)
  return {
    id,
    purpose,
    state: replaced_at === null ? 'in use' : 'replaced',
    opened_by: wrapped_by,
    created_at: new Date(created_at).toISOString(),
    ...(purpose === 'data' && { records, percent }),
  }
}

function rotateCommand(): Command {
  const which = new Argument('[which]', 'what seals the data, what signs tokens, or what opens all other keys')
  return new Command('rotate')
    .description('put a new key in the place of one, while the server runs')
    .addArgument(which.choices([...Object.keys(purposes), wrapper]).default('data'))
    .option('--json', 'print one JSON object')
    .action((which: Which, { json }: Printed) =>
      withData(async (parts) => {
        const ctx = operatorContext(parts)
        const { said, ...done } = which === wrapper ? await rotateWrapper(ctx) : await rotateOne(ctx, parts, which)
        print({ json }, done, said)
      }),
    )
}

async function rotateOne(ctx: Context, { wrapping }: OpenParts, which: keyof typeof purposes) {
  const made = await rotateKey(ctx, wrapping, { purpose: purposes[which], resealAt: ctx.now.getTime() })
  if (!made) throw new Error('Another key was made in this moment. See gatehouse keys status.')
  const { id, purpose } = made
  const said =
    which === 'data'
      ? `ok  ${id} seals from now on. A running server seals anew what is stored: gatehouse keys status`
      : `ok  ${id} signs from now on. Tokens that are out are good until they end.`
  return { id, purpose, said }
}

async function rotateWrapper(ctx: Context) {
  const { keyFolder } = readConfig()
  const done = await rotateKeyEncryptionKey(ctx, keyFolder)
  if (!done) throw new Error('A key was changed in this moment, and nothing is lost. Run it again.')
  const { id, replaces, keys } = done
  const said = `ok  ${id} wraps all keys. Make a copy of ${keyFolder}, and put ${id}.key and database.key into the key folder of every other node.`
  return { id, purpose: 'key_encryption', replaces, keys, said }
}

function retireCommand(): Command {
  return new Command('retire')
    .description('remove a key that nothing needs any more')
    .argument('<id>', 'of a data key, or a key-encryption key, that has been replaced')
    .option('--now', 'although links in mails that were sent before it was replaced stop working')
    .option('--json', 'print one JSON object')
    .action((id: string, { now = false, json }: Printed & { readonly now?: boolean }) =>
      withData(async (parts) => {
        const ctx = operatorContext(parts)
        if (/^k\d/.test(id)) await retireWrapper(ctx, id)
        else {
          const done = await retireOnDemand(ctx, sealedColumns, { id, endsLinks: now })
          if (!done.retired) throw new Error(wordRefusal(id, done))
        }
        print({ json }, { id, retired: true }, `ok  ${id} is gone`)
      }),
    )
}

async function retireWrapper(ctx: Context, id: string): Promise<void> {
  const done = await retireKeyEncryptionKey(ctx, readConfig().keyFolder, id)
  if (done === 'removed') return
  if (typeof done === 'object') {
    throw new Error(`${done.keys} keys are still wrapped by ${id}. Run gatehouse keys rotate ${wrapper}: it goes on.`)
  }
  throw new Error(
    done === 'unknown'
      ? `There is no key ${id}. See gatehouse keys status.`
      : `${id} is in use. Run gatehouse keys rotate ${wrapper} first.`,
  )
}

function wordRefusal(id: string, refused: Exclude<Retirement, { retired: true }>): string {
  switch (refused.because) {
    case 'unknown':
      return `There is no key ${id}. See gatehouse keys status.`
    case 'not_data':
      return `${id} is no data key. Keys of tokens go by themselves when the last token has ended; the others stay.`
    case 'in_use':
      return `${id} is in use. Run gatehouse keys rotate first.`
    case 'records':
      return `${refused.records} records are still sealed by ${id}. A running server seals them anew: gatehouse keys status tells how far it is.`
    case 'young':
      return `${id} was replaced a moment ago, and a process that began before may still seal by it. It can be retired from ${refused.until.toISOString()} on.`
    case 'links':
      return `Links in mails that were sent under ${id} work until ${refused.until.toISOString()}. Wait for that, or end them with --now.`
  }
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description(
      'end a key of tokens that somebody else may have, with all tokens under it; sessions go on with new ones',
    )
    .argument('<id>', 'of a token_root key')
    .option('--json', 'print one JSON object')
    .action((id: string, { json }: Printed) =>
      withData(async (parts) => {
        const root = (await listKeyRows(parts.storage)).find((row) => row.id === id)
        if (root?.purpose !== 'token_root') {
          throw new Error(
            `${id} is no key of tokens. See gatehouse keys status. A data key is rotated and then retired.`,
          )
        }
        if (!(await revokeTokenRoot(operatorContext(parts), parts.wrapping, root))) {
          throw new Error(`${id} has changed in this moment. See gatehouse keys status.`)
        }
        print({ json }, { id, revoked: true }, `ok  no token under ${id} is good any more`)
      }),
    )
}
