import { rateClasses, type Scope, scopes } from '@gatehouse/contract/operation'
import { type SignatureScheme, signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { findEntryProblem } from '@gatehouse/server/clients/allow-list'
import type { RateLimits } from '@gatehouse/server/clients/client'
import { createClient } from '@gatehouse/server/clients/create-client'
import { type ClientSummary, listClients } from '@gatehouse/server/clients/list-clients'
import { operatorContext } from '@gatehouse/server/operator-context'
import { Command, InvalidArgumentError, Option } from 'commander'
import { withData } from './with-data.ts'

const slugForm = /^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/

/** `gatehouse clients …`: works on the data folder, whether a server runs on it or not. */
export function clientsCommand(): Command {
  return new Command('clients').description('client applications').addCommand(create()).addCommand(list())
}

interface CreateFlags {
  readonly allow: readonly string[]
  readonly scope: readonly Scope[]
  readonly scheme: readonly SignatureScheme[]
  readonly name?: string
  readonly tenant: string
  readonly numericSub?: boolean
  readonly limit: RateLimits
  readonly json?: boolean
}

function create(): Command {
  return new Command('create')
    .description('create a client application; prints its secret once')
    .argument('<slug>', 'what X-Client-Id will carry: lower case, digits and hyphens', parseSlug)
    .option('--allow <address>', 'address or network that may call; repeat for more, or say any', collectAddress, [])
    .addOption(
      new Option('--scope <scope>', `what it may do; repeat for more (all of ${scopes.join(', ')})`)
        .argParser(collectScope)
        .default([], 'all'),
    )
    .addOption(
      new Option('--scheme <scheme>', `how it signs; repeat for more (all of ${signatureSchemes.join(', ')})`)
        .argParser(collectScheme)
        .default([], 'all'),
    )
    .option('--name <name>', 'what people call it')
    .option('--tenant <slug>', 'default or default-test', 'default')
    .option('--numeric-sub', 'give `sub` in tokens as a number')
    .addOption(
      new Option('--limit <class=number>', `requests in a minute; repeat for more (${rateClasses.join(', ')})`)
        .argParser(collectLimit)
        .default({}, 'the policy'),
    )
    .option('--json', 'print one JSON object')
    .action((slug: string, flags: CreateFlags) => {
      if (flags.allow.length === 0) {
        throw new Error('say who may call: --allow 127.0.0.1 --allow ::1 for this machine, or --allow any')
      }
      return withData(async (parts) => {
        const name = flags.name ?? slug
        const granted = flags.scope.length > 0 ? flags.scope : scopes
        const schemes = flags.scheme.length > 0 ? flags.scheme : signatureSchemes
        const made = await createClient(operatorContext(parts), parts.keys, {
          tenant: flags.tenant,
          slug,
          name,
          allow: flags.allow,
          scopes: granted,
          schemes,
          numericSub: flags.numericSub ?? false,
          limits: flags.limit,
        })
        if (made === 'unknown_tenant')
          throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
        if (made === 'slug_taken') throw new Error(`there is a client ${slug} already; choose another name`)
        if (flags.json) {
          console.log(
            JSON.stringify({
              id: made.id,
              slug,
              secret: made.secret,
              name,
              tenant: flags.tenant,
              allow: flags.allow,
              scopes: granted,
              schemes,
            }),
          )
          return
        }
        console.log(`GATEHOUSE_CLIENT_ID=${slug}\nGATEHOUSE_CLIENT_SECRET=${made.secret}`)
        console.error(`\nClient ${made.id} may call from ${flags.allow.join(', ')}. The secret is not shown again.`)
      })
    })
}

function list(): Command {
  return new Command('list')
    .description('list client applications')
    .option('--json', 'print one JSON object')
    .action((flags: { readonly json?: boolean }) =>
      withData(async ({ storage }) => {
        const clients = await listClients(storage)
        console.log(flags.json ? JSON.stringify({ data: clients }) : clients.map(describe).join('\n'))
      }),
    )
}

function describe(client: ClientSummary): string {
  return `${client.slug}\t${client.tenant}\t${client.status}\t${client.allow.join(' ')}`
}

function parseSlug(slug: string): string {
  if (!slugForm.test(slug)) throw new InvalidArgumentError('3 to 64 characters: lower case, digits and hyphens inside.')
  return slug
}

function collectAddress(entry: string, before: readonly string[]): readonly string[] {
  const problem = findEntryProblem(entry)
  if (problem) throw new InvalidArgumentError(`${problem}.`)
  return [...before, entry]
}

function collectScheme(scheme: string, before: readonly SignatureScheme[]): readonly SignatureScheme[] {
  const known = signatureSchemes.find((each) => each === scheme)
  if (!known) throw new InvalidArgumentError(`There are ${signatureSchemes.join(', ')}.`)
  return before.includes(known) ? before : [...before, known]
}

function collectScope(scope: string, before: readonly Scope[]): readonly Scope[] {
  const known = scopes.find((each) => each === scope)
  if (!known) throw new InvalidArgumentError(`There are ${scopes.join(', ')}.`)
  return [...before, known]
}

function collectLimit(text: string, before: RateLimits): RateLimits {
  const [name = '', number = ''] = text.split('=')
  const rate = rateClasses.find((each) => each === name)
  if (!rate || !/^[1-9][0-9]{0,6}$/.test(number)) {
    throw new InvalidArgumentError(`Write it like validate=6000; there are ${rateClasses.join(', ')}.`)
  }
  return { ...before, [rate]: Number(number) }
}
