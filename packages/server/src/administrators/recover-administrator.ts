import type { Administrator } from '@gatehouse/contract/administrator-operations'
import type { Context } from '../context.ts'
import { resetMfa } from '../factors/reset-mfa.ts'
import type { UserId } from '../kernel/ids.ts'
import { unlockUser } from '../users/unlock-user.ts'
import { getAdministratorRow } from './find-standing.ts'
import { showAdministrator } from './list-administrators.ts'
import { holdSpareOwner, refuseSelf } from './spare-owner.ts'

interface Target {
  readonly id: UserId
  readonly reason: string
}

/** Lifts every lock of an administrator. */
export async function unlockAdministrator(ctx: Context, input: Target): Promise<Administrator> {
  refuseSelf(ctx, input.id)
  const row = await getAdministratorRow(ctx, input.id)
  await unlockUser(ctx, input)
  return showAdministrator(ctx, row)
}

/**
 * Takes every factor from an administrator: with the password they set up another one, and come no further before. An
 * operator, who has the data in hands, does it to the last owner as well: there is no other way back for them.
 */
export function resetAdministratorMfa(tools: Parameters<typeof resetMfa>[0]) {
  return async (ctx: Context, input: Target): Promise<Record<string, never>> => {
    refuseSelf(ctx, input.id)
    await getAdministratorRow(ctx, input.id)
    const keepsOwner = async () => {
      const row = await getAdministratorRow(ctx, input.id)
      return (await holdSpareOwner(ctx, row)).map(({ write }) => write)
    }
    const alongside = ctx.actor.kind === 'operator' ? undefined : keepsOwner
    return resetMfa(tools)(ctx, input, alongside)
  }
}
