import type { Account } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { listActiveFactors } from '../factors/list-factors.ts'
import type { UserId } from '../kernel/ids.ts'
import { mfaStateOf } from '../policies/mfa-state.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { getUser } from './get-user.ts'

/** The user, and how far they have come with what the tenant demands. */
export function getAccount({ rules }: { readonly rules: Rules }) {
  return async (ctx: Context, input: { readonly id: UserId }): Promise<Account> => {
    const user = await getUser(ctx, input)
    return { ...user, mfa_state: mfaStateOf(await listActiveFactors(ctx, user.id), await rules.of(ctx)) }
  }
}
