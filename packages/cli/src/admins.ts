import { administratorRoles } from '@gatehouse/contract/administration'
import {
  type Administrator,
  changeAdministrator as Change,
  createAdministrator as Create,
} from '@gatehouse/contract/administrator-operations'
import { changeAdministrator, removeAdministrator } from '@gatehouse/server/administrators/change-administrator'
import { createAdministrator } from '@gatehouse/server/administrators/create-administrator'
import { listAdministrators } from '@gatehouse/server/administrators/list-administrators'
import { resetAdministratorMfa, unlockAdministrator } from '@gatehouse/server/administrators/recover-administrator'
import { issueAdministratorLink } from '@gatehouse/server/administrators/set-up-link'
import type { Context } from '@gatehouse/server/context'
import { factorsOf } from '@gatehouse/server/factors/factors'
import { systemTenantId } from '@gatehouse/server/kernel/tenants'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { openSessions } from '@gatehouse/server/sessions/sessions'
import { Command, Option } from 'commander'
import { type Printed, print } from './print.ts'
import { withData } from './with-data.ts'

interface ReasonFlags extends Printed {
  readonly reason: string
}

/** `gatehouse admins …`: works on the data folder, whether a server runs on it or not. */
export function adminsCommand(): Command {
  return new Command('admins')
    .description('the administrators of this server')
    .addCommand(create())
    .addCommand(list())
    .addCommand(link())
    .addCommand(role())
    .addCommand(remove())
    .addCommand(unlock())
    .addCommand(resetMfaOf())
}

function roleOption(description: string): Option {
  return new Option('--role <role>', description).choices(administratorRoles)
}

function tenantsOption(): Option {
  return new Option('--tenant <slug...>', 'the tenants that they look after; all unless it is said')
}

interface CreateFlags extends Printed {
  readonly role: string
  readonly name?: string
  readonly tenant?: readonly string[]
  readonly reason: string
}

function create(): Command {
  return withJson(
    new Command('create').description('make an administrator; prints the link by which they choose a password'),
  )
    .argument('<email>', 'the e-mail address')
    .addOption(roleOption('what they may do').makeOptionMandatory())
    .addOption(tenantsOption())
    .option('--name <name>', 'what they are called')
    .option('--reason <text>', 'why; it stands in the record', 'set up on the host')
    .action((email: string, { role, name, tenant, reason, json }: CreateFlags) => {
      const input = Create.input.safeParse({ email, role, name, reason, ...(tenant && { tenants: tenant }) })
      if (!input.success) throw new Error('give one e-mail address, as ada@example.org')
      return inSystem(async (ctx, parts) => {
        const { administrator, set_up } = await createAdministrator(parts)(ctx, input.data)
        if (json) {
          console.log(JSON.stringify({ ...administrator, set_up }))
          return
        }
        printLink(set_up)
        console.error(
          `They choose a password there. At the first sign-in they set up a second factor: before, they may do nothing.`,
        )
      })
    })
}

function printLink({ link, expires_at }: { readonly link: string; readonly expires_at: string }): void {
  console.log(link)
  console.error(`\nThe link is good once, until ${expires_at}.`)
}

function list(): Command {
  return withJson(new Command('list').description('list the administrators')).action((flags: Printed) =>
    inSystem(async (ctx) => {
      const { data } = await listAdministrators(ctx)
      print(flags, { data }, data.map(describe).join('\n'))
    }),
  )
}

function describe({ id, email, role, tenants, has_mfa }: Administrator): string {
  return [id, email, role, tenants?.join(' ') ?? 'all tenants', has_mfa ? 'mfa' : 'no mfa yet'].join('\t')
}

function link(): Command {
  return withReason(about('link', 'make a new link by which they choose a password')).action(
    (name: string, { reason, json }: ReasonFlags) =>
      inSystem(async (ctx, parts) => {
        const { id } = await find(ctx, name)
        const made = await issueAdministratorLink(parts)(ctx, { id, reason })
        if (json) console.log(JSON.stringify(made))
        else printLink(made)
      }),
  )
}

interface RoleFlags extends ReasonFlags {
  readonly role?: string
  readonly tenant?: readonly string[]
}

function role(): Command {
  return withReason(about('role', 'give them another role, or other tenants'))
    .addOption(roleOption('what they may do'))
    .addOption(tenantsOption())
    .action((name: string, { role, tenant, reason, json }: RoleFlags) =>
      inSystem(async (ctx) => {
        const { id } = await find(ctx, name)
        const given = { ...(role && { role }), ...(tenant && { tenants: [...tenant] }) }
        if (Object.keys(given).length === 0) throw new Error('say what is to be changed: --role or --tenant')
        const changed = await changeAdministrator(ctx, Change.input.parse({ id, reason, ...given }))
        print({ json }, changed, describe(changed))
      }),
    )
}

function remove(): Command {
  return withReason(about('remove', 'take everything from them, and end their sessions')).action(
    (name: string, { reason, json }: ReasonFlags) =>
      inSystem(async (ctx, parts) => {
        const { id } = await find(ctx, name)
        await removeAdministrator({ keys: parts.keys, sessions: sessionsOf(parts) })(ctx, { id, reason })
        print({ json }, { id }, `${id} is no administrator any more`)
      }),
  )
}

function unlock(): Command {
  return withReason(about('unlock', 'lift their locks: wrong passwords, wrong codes, suspended factors')).action(
    (name: string, { reason, json }: ReasonFlags) =>
      inSystem(async (ctx) => {
        const { id } = await find(ctx, name)
        const unlocked = await unlockAdministrator(ctx, { id, reason })
        print({ json }, unlocked, `${id} can sign in again`)
      }),
  )
}

function resetMfaOf(): Command {
  return withReason(
    about('reset-mfa', 'take all factors from them; the last owner, too, has no other way back'),
  ).action((name: string, { reason, json }: ReasonFlags) =>
    inSystem(async (ctx, parts) => {
      const { id } = await find(ctx, name)
      const tools = { ...parts, factors: factorsOf(parts), sessions: sessionsOf(parts) }
      await resetAdministratorMfa(tools)(ctx, { id, reason })
      print({ json }, { id }, `${id} sets up a second factor at the next sign-in`)
    }),
  )
}

function sessionsOf(parts: OpenParts) {
  return openSessions({ ...parts, db: parts.storage, issuer: parts.publicUrl })
}

function inSystem(act: (ctx: Context, parts: OpenParts) => Promise<void>): Promise<void> {
  return withData((parts) => act({ ...operatorContext(parts), tenantId: systemTenantId }, parts))
}

/** The administrator with this id, or this address. */
async function find(ctx: Context, name: string): Promise<Administrator> {
  const { data } = await listAdministrators(ctx)
  const found = data.find(({ id, email }) => id === name || email?.toLowerCase() === name.toLowerCase())
  if (!found) throw new Error(`there is no administrator ${name}; gatehouse admins list names them`)
  return found
}

function about(name: string, description: string): Command {
  return withJson(new Command(name).description(description)).argument('<administrator>', 'e-mail address or id')
}

function withReason(command: Command): Command {
  return command.requiredOption('--reason <text>', 'why; it stands in the record')
}

function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON object')
}
