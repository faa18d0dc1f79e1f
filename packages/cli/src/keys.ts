import { countSealed } from '@gatehouse/server/keys/count-sealed'
import { type KeyRow, listKeyRows } from '@gatehouse/server/keys/key.store'
import { type Retirement, retireOnDemand } from '@gatehouse/server/keys/retire-on-demand'
import { revokeTokenRoot } from '@gatehouse/server/keys/revoke-key'
import { type RotatedPurpose, rotateKey } from '@gatehouse/server/keys/rotate-key'
import { operatorContext } from '@gatehouse/server/operator-context'
import { sealedColumns } from '@gatehouse/server/sealed-columns'
import { Argument, Command } from 'commander'
import { withData } from './with-data.ts'

interface Flags {
  readonly json?: boolean
}

/** What a key is called here. The API calls none of them anything. */
const purposes = { data: 'data', tokens: 'token_root' } as const satisfies Record<string, RotatedPurpose>

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
    .action(({ json }: Flags) =>
      withData(async ({ storage }) => {
        const rows = await listKeyRows(storage)
        const counts = await countSealed(storage, sealedColumns)
        const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
        const data = rows.map((row) => describe(row, counts, all))
        const lines = data.map(({ records, percent, ...key }) =>
          [...Object.values(key), ...(records === undefined ? [] : [`${records} records, ${percent} %`])].join('\t'),
        )
        console.log(json ? JSON.stringify({ data }) : lines.join('\n'))
      }),
    )
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
  return new Command('rotate')
    .description('make a new key, and seal anew under it what the keys before it have sealed, while the server runs')
    .addArgument(
      new Argument('[which]', 'data: seals what is stored; tokens: signs access tokens')
        .choices(Object.keys(purposes))
        .default('data'),
    )
    .option('--json', 'print one JSON object')
    .action((which: keyof typeof purposes, { json }: Flags) =>
      withData(async (parts) => {
        const ctx = operatorContext(parts)
        const wanted = { purpose: purposes[which], resealAt: ctx.now.getTime() }
        const made = await rotateKey(ctx, parts.wrapping, wanted)
        if (!made) throw new Error('Another key was made in this moment. See gatehouse keys status.')
        const { id, purpose } = made
        const said =
          which === 'data'
            ? `ok  ${id} seals from now on. The server seals anew what is stored: gatehouse keys status`
            : `ok  ${id} signs from now on. Tokens that are out are good until they end.`
        console.log(json ? JSON.stringify({ id, purpose }) : said)
      }),
    )
}

function retireCommand(): Command {
  return new Command('retire')
    .description('remove a key that nothing is sealed by any more')
    .argument('<id>', 'of a data key that has been replaced')
    .option('--now', 'although links in mails that were sent before it was replaced stop working')
    .option('--json', 'print one JSON object')
    .action((id: string, { now = false, json }: Flags & { readonly now?: boolean }) =>
      withData(async (parts) => {
        const done = await retireOnDemand(operatorContext(parts), sealedColumns, { id, endsLinks: now })
        if (!done.retired) throw new Error(wordRefusal(id, done))
        console.log(json ? JSON.stringify({ id, retired: true }) : `ok  ${id} is gone`)
      }),
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
    .action((id: string, { json }: Flags) =>
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
        console.log(json ? JSON.stringify({ id, revoked: true }) : `ok  no token under ${id} is good any more`)
      }),
    )
}
