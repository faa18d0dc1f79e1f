import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import { operatorContext } from '@gatehouse/server/operator-context'
import { findUserByAddress } from '@gatehouse/server/users/find-user-by-address'
import { unlockUser } from '@gatehouse/server/users/unlock-user'
import { Command } from 'commander'
import { withData } from './with-data.ts'

interface UnlockFlags {
  readonly reason: string
  readonly tenant: string
  readonly json?: boolean
}

/** `gatehouse users …`: works on the data folder, whether a server runs on it or not. */
export function usersCommand(): Command {
  const unlock = new Command('unlock')
    .description('lift the locks of a user: wrong passwords, wrong codes, suspended factors')
    .argument('<email>', 'the e-mail address, in any spelling')
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .option('--tenant <slug>', 'default or default-test', 'default')
    .option('--json', 'print the user as one JSON object')
    .action((email: string, flags: UnlockFlags) =>
      withData(async (parts) => {
        const tenantId = await findTenantId(parts.storage, flags.tenant)
        if (!tenantId) throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
        const ctx = { ...operatorContext(parts), tenantId }
        const user = await findUserByAddress(ctx, email)
        if (!user) throw new Error(`there is no user with this address in ${flags.tenant}`)
        const unlocked = await unlockUser(ctx, { id: user.id, reason: flags.reason })
        console.log(flags.json ? JSON.stringify(unlocked) : `${unlocked.id} can sign in again`)
      }),
    )
  return new Command('users').description('people').addCommand(unlock)
}
