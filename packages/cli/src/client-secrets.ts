import type { ClientSecret } from '@gatehouse/contract/resources'
import { listSecrets } from '@gatehouse/server/clients/get-client'
import { revokeSecret } from '@gatehouse/server/clients/revoke-secret'
import { rotateSecret } from '@gatehouse/server/clients/rotate-secret'
import { Command, InvalidArgumentError } from 'commander'
import { parseSlug } from './client-flags.ts'
import { type Printed, print } from './print.ts'
import { withClient } from './with-client.ts'

/** `gatehouse clients secrets …` */
export function secretsCommand(): Command {
  return new Command('secrets')
    .description('the secrets that a client application signs with')
    .addCommand(list())
    .addCommand(rotate())
    .addCommand(revoke())
}

function list(): Command {
  return new Command('list')
    .description('list the live secrets of a client: last four characters, age, last use')
    .argument('<slug>', 'the client', parseSlug)
    .option('--json', 'print one JSON object')
    .action((slug: string, flags: Printed) =>
      withClient(slug, async ({ ctx, id, tools }) => {
        const { data } = await listSecrets(tools.policy)(ctx, { id })
        print(flags, { data }, data.map(describe).join('\n'))
      }),
    )
}

function describe({ id, last_four, created_at, expires_at, last_used_at, age }: ClientSecret): string {
  const end = expires_at === null ? age : `ends ${expires_at}`
  return `${id}\t…${last_four}\tmade ${created_at}\tlast used ${last_used_at ?? 'never'}\t${end}`
}

function rotate(): Command {
  return new Command('rotate')
    .description('make a new secret and print it once; the old one ends after the overlap')
    .argument('<slug>', 'the client', parseSlug)
    .option('--overlap <time>', 'how long the old one goes on working: 0, 3600s, 24h, 7d (7d)', parseOverlap)
    .option('--json', 'print one JSON object')
    .action((slug: string, flags: Printed & { readonly overlap?: number }) =>
      withClient(slug, async ({ ctx, id, tools }) => {
        const made = await rotateSecret(tools)(ctx, { id, overlap_seconds: flags.overlap })
        if (flags.json) {
          console.log(JSON.stringify(made))
          return
        }
        console.log(`GATEHOUSE_CLIENT_ID=${slug}\nGATEHOUSE_CLIENT_SECRET=${made.secret.value}`)
        const old = made.old?.expires_at ? `The old one works until ${made.old.expires_at}.` : 'The old one has ended.'
        console.error(`\n${old} The new one is not shown again.`)
      }),
    )
}

const units = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 } as const
const longestOverlap = 7 * units.d

function parseOverlap(text: string): number {
  const [, number = '', unit = ''] = /^([0-9]{1,6})([smhd]?)$/.exec(text) ?? []
  const seconds = Number(number) * units[unit as keyof typeof units]
  if (number === '' || seconds > longestOverlap)
    throw new InvalidArgumentError('Write 0, 3600s, 24h or 7d, at most 7d.')
  return seconds
}

function revoke(): Command {
  return new Command('revoke')
    .description('end a secret at once; without the newer of two the older one stays for good')
    .argument('<slug>', 'the client', parseSlug)
    .argument('<id>', 'the secret, sec_…, as secrets list names it')
    .option('--json', 'print the secrets that are left as one JSON object')
    .action((slug: string, secretId: string, flags: Printed) =>
      withClient(slug, async ({ ctx, id, tools }) => {
        await revokeSecret(tools)(ctx, { id, secret_id: secretId as `sec_${string}` })
        const { data } = await listSecrets(tools.policy)(ctx, { id })
        print(flags, { data }, `${secretId} has ended`)
      }),
    )
}
