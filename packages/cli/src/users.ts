import { readFileSync } from 'node:fs'
import { issueAccessPass as Pass } from '@gatehouse/contract/recovery-operations'
import type { User } from '@gatehouse/contract/resources'
import { createUser as Create } from '@gatehouse/contract/user-operations'
import { Command } from 'commander'
import { atDesk, type Desk, type DeskFlags, forDesk } from './desk.ts'
import { findUser } from './find-user.ts'
import { print } from './print.ts'
import { readCount } from './read-count.ts'
import { exportUsersCommand, importCommand } from './users-import.ts'

interface ReasonFlags extends DeskFlags {
  readonly reason: string
}

/** `gatehouse users …`: works on the data folder, whether a server runs on it or not, or by the API. */
export function usersCommand(): Command {
  return new Command('users')
    .description('people')
    .addCommand(list())
    .addCommand(show())
    .addCommand(create())
    .addCommand(unlock())
    .addCommand(resetMfaOf())
    .addCommand(accessPass())
    .addCommand(importCommand())
    .addCommand(exportUsersCommand())
}

function list(): Command {
  return forDesk(new Command('list').description('list people, newest first'))
    .option('--limit <number>', 'how many at most', readCount, 50)
    .action((flags: DeskFlags & { readonly limit: number }) =>
      atDesk(flags, async (desk) => {
        const data = await newestUsers(desk, flags.limit)
        const lines = data.map(({ id, email, external_id, status }) => `${id}\t${email ?? external_id}\t${status}`)
        print(flags, { data }, lines.join('\n'))
      }),
    )
}

async function newestUsers({ users: { listPage } }: Desk, limit: number): Promise<readonly User[]> {
  const users: User[] = []
  for (let cursor: string | undefined; users.length < limit; ) {
    const page = await listPage({ limit: Math.min(200, limit - users.length), cursor })
    users.push(...page.data)
    if (page.next_cursor === null) break
    cursor = page.next_cursor
  }
  return users
}

function show(): Command {
  return about('show', 'show a user, and how far they have come with what is demanded').action(
    (name: string, flags: DeskFlags) =>
      atDesk(flags, async (desk) => {
        const { id } = await findUser(desk, flags, name)
        const account = await desk.users.get({ id })
        const lines = Object.entries(account).map(([field, value]) => `${field}\t${value ?? ''}`)
        print(flags, account, lines.join('\n'))
      }),
  )
}

interface CreateFlags extends DeskFlags {
  readonly name?: string
  readonly role?: string
  readonly phone?: string
  readonly passwordFile?: string
}

function create(): Command {
  return forDesk(new Command('create').description('create a user; without a password they have to set one'))
    .argument('<email>', 'the e-mail address')
    .option('--name <name>', 'what they are called')
    .option('--role <role>', 'what tokens say of them (user)')
    .option('--phone <number>', 'such as +14155550123')
    .option('--password-file <path>', 'file with the password; - reads it from standard input')
    .action((email: string, { name, role, phone, passwordFile, ...flags }: CreateFlags) => {
      const file = passwordFile === '-' ? 0 : passwordFile
      const password = file === undefined ? undefined : readFileSync(file, 'utf8').replace(/\r?\n$/, '')
      const input = Create.input.safeParse({ email, name, role, phone_number: phone, password })
      if (!input.success) throw new Error(`${input.error.issues.map(describe).join('; ')}`)
      return atDesk(flags, async (desk) => {
        const user = await desk.users.create({ ...input.data, email })
        print(flags, user, user.id)
      })
    })
}

function describe({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  return `${path.join('.')}: ${message}`
}

function unlock(): Command {
  return withReason(
    about('unlock', 'lift the locks of a user: wrong passwords, wrong codes, suspended factors'),
  ).action((name: string, flags: ReasonFlags) =>
    atDesk(flags, async (desk) => {
      const { id } = await findUser(desk, flags, name)
      const unlocked = await desk.users.unlock({ id, reason: flags.reason })
      print(flags, unlocked, `${id} can sign in again`)
    }),
  )
}

function resetMfaOf(): Command {
  return withReason(about('reset-mfa', 'take all factors from a user who has lost them, and end all sessions')).action(
    (name: string, flags: ReasonFlags) =>
      atDesk(flags, async (desk) => {
        const { id } = await findUser(desk, flags, name)
        await desk.users.resetMfa({ id, reason: flags.reason })
        print(flags, { id }, `${id} has no factor any more`)
      }),
  )
}

function accessPass(): Command {
  return withReason(about('access-pass', 'make a code that lets a user set up a new factor, once'))
    .option('--lifetime <seconds>', 'how long it is good, one hour unless it is said', Number)
    .action((name: string, flags: ReasonFlags & { readonly lifetime?: number }) =>
      atDesk(flags, async (desk) => {
        const { id } = await findUser(desk, flags, name)
        const input = Pass.input.safeParse({ id, reason: flags.reason, lifetime_seconds: flags.lifetime })
        if (!input.success) throw new Error('--lifetime is a number of seconds from 60 to 86400')
        const { factor, code } = await desk.users.accessPass(input.data)
        const said = `${code}\nIt is good once, until ${factor.expires_at}, beside the password.`
        print(flags, { code, factor }, said)
      }),
    )
}

function about(name: string, description: string): Command {
  return forDesk(new Command(name).description(description)).argument(
    '<user>',
    'the e-mail address, in any spelling, or the id',
  )
}

function withReason(command: Command): Command {
  return command.requiredOption('--reason <text>', 'why; it stands in the record')
}
