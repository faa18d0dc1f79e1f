import { usualScopes } from '@gatehouse/contract/operation'
import type { Client } from '@gatehouse/contract/resources'
import { signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { changeClient, disableClient, enableClient } from '@gatehouse/server/clients/change-client'
import { createClient } from '@gatehouse/server/clients/create-client'
import { getClient, listSecrets } from '@gatehouse/server/clients/get-client'
import { listAllClients } from '@gatehouse/server/clients/list-clients'
import { operatorContext } from '@gatehouse/server/operator-context'
import { Command } from 'commander'
import { type ClientFlags, clientOptions, parseSlug } from './client-flags.ts'
import { secretsCommand } from './client-secrets.ts'
import { type Printed, print } from './print.ts'
import { withClient } from './with-client.ts'
import { withData } from './with-data.ts'

/** `gatehouse clients …`: works on the data folder, whether a server runs on it or not. */
export function clientsCommand(): Command {
  return new Command('clients')
    .description('client applications')
    .addCommand(create())
    .addCommand(list())
    .addCommand(show())
    .addCommand(change())
    .addCommand(disable())
    .addCommand(enable())
    .addCommand(secretsCommand())
}

function withOptions(command: Command, options: ReturnType<typeof clientOptions>): Command {
  for (const option of options) command.addOption(option)
  return command.option('--json', 'print one JSON object')
}

interface CreateFlags extends ClientFlags, Printed {
  readonly tenant: string
  readonly numericSub?: boolean
  readonly localVerification?: boolean
}

function create(): Command {
  const command = new Command('create')
    .description('create a client application; prints its secret once')
    .argument('<slug>', 'what X-Client-Id will carry: lower case, digits and hyphens', parseSlug)
    .option('--tenant <slug>', 'default or default-test', 'default')
    .option('--numeric-sub', 'give `sub` in tokens as a number')
    .option('--local-verification', 'let it read its token keys and verify tokens itself')
    .action((slug: string, flags: CreateFlags) => {
      const { allow, scope = usualScopes, scheme = signatureSchemes, name = slug, limit = {}, tenant } = flags
      if (!allow) {
        throw new Error('say who may call: --allow 127.0.0.1 --allow ::1 for this machine, or --allow any')
      }
      return withData(async (parts) => {
        const { numericSub = false, localVerification = false } = flags
        const lists = {
          allow,
          scopes: scope,
          schemes: scheme,
          publicKeys: flags.publicKey ?? [],
          limits: limit,
          redirectUris: flags.redirectUri ?? [],
        }
        const wanted = { tenant, slug, name, ...lists, numericSub, localVerification }
        const made = await createClient(operatorContext(parts), parts.keys, wanted)
        if (made === 'unknown_tenant') throw new Error(`there is no tenant ${tenant}; try default or default-test`)
        if (made === 'slug_taken') throw new Error(`there is a client ${slug} already; choose another name`)
        if (flags.json) {
          const { id, secret } = made
          console.log(JSON.stringify({ id, slug, secret, name, tenant, allow, scopes: scope, schemes: scheme }))
          return
        }
        console.log(`GATEHOUSE_CLIENT_ID=${slug}\nGATEHOUSE_CLIENT_SECRET=${made.secret}`)
        console.error(`\nClient ${made.id} may call from ${allow.join(', ')}. The secret is not shown again.`)
      })
    })
  const usual = {
    scope: 'all but clients:*, webhooks:*, policy:write and alerts:write',
    scheme: 'all but oauth',
    limit: 'the policy',
  }
  return withOptions(command, clientOptions(usual))
}

function list(): Command {
  return new Command('list')
    .description('list client applications')
    .option('--json', 'print one JSON object')
    .action((flags: Printed) =>
      withData(async ({ storage }) => {
        const clients = await listAllClients(storage)
        print(flags, { data: clients }, clients.map(describe).join('\n'))
      }),
    )
}

function describe(client: Client): string {
  return `${client.slug}\t${client.tenant}\t${client.status}\t${client.allow.join(' ')}`
}

function show(): Command {
  return new Command('show')
    .description('show a client application and its secrets, without the secrets themselves')
    .argument('<slug>', 'the client', parseSlug)
    .option('--json', 'print one JSON object')
    .action((slug: string, flags: Printed) =>
      withClient(slug, async ({ ctx, id, tools }) => {
        const client = await getClient(ctx, { id })
        const { data: secrets } = await listSecrets(tools.policy)(ctx, { id })
        if (flags.json) {
          console.log(JSON.stringify({ ...client, secrets }))
          return
        }
        const keys = client.public_keys.map((key) => JSON.stringify(key))
        const about = { ...client, public_keys: keys, limits: JSON.stringify(client.limits) }
        const lines = Object.entries(about).map(([name, value]) => `${name}\t${[value].flat().join(' ')}`)
        const ends = secrets.map(({ id, last_four, age }) => `secret\t${id} …${last_four} ${age}`)
        console.log([...lines, ...ends].join('\n'))
      }),
    )
}

interface ChangeFlags extends ClientFlags, Printed {
  readonly numericSub?: 'on' | 'off'
  readonly localVerification?: 'on' | 'off'
}

function change(): Command {
  const command = new Command('change')
    .description('change a client application; each list that is given takes the place of the old one')
    .argument('<slug>', 'the client', parseSlug)
    .option('--numeric-sub <on|off>', 'give `sub` in tokens as a number')
    .option(
      '--local-verification <on|off>',
      'let it verify tokens itself; off makes the token key that it has read void',
    )
    .action((slug: string, flags: ChangeFlags) => {
      const { allow, scope, scheme, name, limit, json } = flags
      const numericSub = readSwitch('--numeric-sub', flags.numericSub)
      const localVerification = readSwitch('--local-verification', flags.localVerification)
      const given = {
        ...(name !== undefined && { name }),
        ...(allow && { allow: [...allow] }),
        ...(scope && { scopes: [...scope] }),
        ...(scheme && { schemes: [...scheme] }),
        ...(flags.redirectUri && { redirect_uris: [...flags.redirectUri] }),
        ...(flags.publicKey && { public_keys: [...flags.publicKey] }),
        ...(numericSub !== undefined && { numeric_sub: numericSub }),
        ...(localVerification !== undefined && { local_verification: localVerification }),
        ...(limit && { limits: limit }),
      }
      if (Object.keys(given).length === 0) throw new Error('say what is to be changed; --help names what can be')
      return withClient(slug, async ({ ctx, id, tools }) => {
        const client = await changeClient(tools)(ctx, { id, ...given })
        print({ json }, client, describe(client))
      })
    })
  return withOptions(command, clientOptions({ scope: 'as it is', scheme: 'as it is', limit: 'as it is' }))
}

function readSwitch(flag: string, text: string | undefined): boolean | undefined {
  if (text !== undefined && !['on', 'off'].includes(text)) throw new Error(`${flag} is on or off`)
  return text === undefined ? undefined : text === 'on'
}

interface ReasonFlags extends Printed {
  readonly reason: string
}

function disable(): Command {
  return new Command('disable')
    .description('refuse everything that a client application sends from now on')
    .argument('<slug>', 'the client', parseSlug)
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .option('--json', 'print the client as one JSON object')
    .action((slug: string, { reason, json }: ReasonFlags) =>
      withClient(slug, async ({ ctx, id, tools }) => {
        const client = await disableClient(tools)(ctx, { id, reason })
        print({ json }, client, `${slug} is refused from now on`)
      }),
    )
}

function enable(): Command {
  return new Command('enable')
    .description('let a disabled client application call again')
    .argument('<slug>', 'the client', parseSlug)
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .option('--json', 'print the client as one JSON object')
    .action((slug: string, { reason, json }: ReasonFlags) =>
      withClient(slug, async ({ ctx, id, tools }) => {
        const client = await enableClient(tools)(ctx, { id, reason })
        print({ json }, client, `${slug} may call again`)
      }),
    )
}
