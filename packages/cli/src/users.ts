import { idOf } from '@gatehouse/contract/fields'
import { issueAccessPass as Contract } from '@gatehouse/contract/recovery-operations'
import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import type { Context } from '@gatehouse/server/context'
import { factorsOf } from '@gatehouse/server/factors/factors'
import { issueAccessPass } from '@gatehouse/server/factors/issue-access-pass'
import { resetMfa } from '@gatehouse/server/factors/reset-mfa'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { openSessions } from '@gatehouse/server/sessions/sessions'
import { findUserByAddress } from '@gatehouse/server/users/find-user-by-address'
import { findUserById } from '@gatehouse/server/users/find-user-by-id'
import type { UserRow } from '@gatehouse/server/users/get-user'
import { unlockUser } from '@gatehouse/server/users/unlock-user'
import { Command } from 'commander'
import { withData } from './with-data.ts'

interface UserFlags {
  readonly reason: string
  readonly tenant: string
  readonly json?: boolean
}

/** `gatehouse users …`: works on the data folder, whether a server runs on it or not. */
export function usersCommand(): Command {
  const unlock = about('unlock', 'lift the locks of a user: wrong passwords, wrong codes, suspended factors').action(
    (name: string, flags: UserFlags) =>
      withUser(name, flags, async (_parts, ctx, user) => {
        const unlocked = await unlockUser(ctx, { id: user.id, reason: flags.reason })
        console.log(flags.json ? JSON.stringify(unlocked) : `${unlocked.id} can sign in again`)
      }),
  )
  const resetMfaOf = about('reset-mfa', 'take all factors from a user who has lost them, and end all sessions').action(
    (name: string, flags: UserFlags) =>
      withUser(name, flags, async (parts, ctx, user) => {
        const sessions = openSessions({ ...parts, db: parts.storage, issuer: parts.publicUrl })
        const factors = factorsOf(parts)
        await resetMfa({ ...parts, factors, sessions })(ctx, { id: user.id, reason: flags.reason })
        console.log(flags.json ? JSON.stringify({ id: user.id }) : `${user.id} has no factor any more`)
      }),
  )
  const accessPass = about('access-pass', 'make a code that lets a user set up a new factor, once')
    .option('--lifetime <seconds>', 'how long it is good, one hour unless it is said', Number)
    .action((name: string, flags: UserFlags & { readonly lifetime?: number }) =>
      withUser(name, flags, async (parts, ctx, user) => {
        const input = Contract.input.safeParse({ id: user.id, reason: flags.reason, lifetime_seconds: flags.lifetime })
        if (!input.success) throw new Error('--lifetime is a number of seconds from 60 to 86400')
        const { factor, code } = await issueAccessPass(parts)(ctx, input.data)
        const said = `${code}\nIt is good once, until ${factor.expires_at}, beside the password.`
        console.log(flags.json ? JSON.stringify({ code, factor }) : said)
      }),
    )
  return new Command('users').description('people').addCommand(unlock).addCommand(resetMfaOf).addCommand(accessPass)
}

function about(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<user>', 'the e-mail address, in any spelling, or the id')
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .option('--tenant <slug>', 'default or default-test', 'default')
    .option('--json', 'print one JSON object')
}

const UserId = idOf('usr')

/** Opens the data and finds the user in it. */
function withUser(
  name: string,
  flags: UserFlags,
  act: (parts: OpenParts, ctx: Context, user: UserRow) => Promise<void>,
): Promise<void> {
  return withData(async (parts) => {
    const tenantId = await findTenantId(parts.storage, flags.tenant)
    if (!tenantId) throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
    const ctx = { ...operatorContext(parts), tenantId }
    const id = UserId.safeParse(name)
    const user = id.success ? await findUserById(ctx, id.data) : await findUserByAddress(ctx, name)
    if (!user) throw new Error(`there is no user with this address or id in ${flags.tenant}`)
    await act(parts, ctx, user)
  })
}
