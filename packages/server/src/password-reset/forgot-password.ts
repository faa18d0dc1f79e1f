import type { forgotPassword as Contract } from '@gatehouse/contract/account-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { type Context, callingClient, commit, isTestCall } from '../context.ts'
import { record } from '../log/record.ts'
import type { Channels } from '../messages/channel.ts'
import { demandChannel } from '../messages/demand-channel.ts'
import { emailKey } from '../users/email.ts'

/**
 * Puts on record that somebody has forgotten the password of this address, and nothing else: whether there is such a user
 * is looked up by whoever reads the record (`reset-reader.ts`), so that neither the answer nor its time can tell.
 */
export function forgotPassword({ channels }: { readonly channels: Channels }) {
  return async (ctx: Context, { email }: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    if (!isTestCall(ctx)) demandChannel(channels, 'email')
    // An address without a canonical form is refused here, as at a sign-in.
    emailKey(email)
    const data = { client_id: callingClient(ctx).id }
    await commit(ctx, [record(ctx, { type: 'password.reset_requested', email, data })])
    return {}
  }
}
