import type { Context } from '../context.ts'
import { listMailAddresses } from '../factors/mail-addresses.ts'
import type { Keyring } from '../keys/keyring.ts'
import { circumstancesOf } from '../messages/circumstances.ts'
import { sendMessage } from '../messages/send-message.ts'
import type { Write } from '../storage/write.ts'
import type { UserRow } from '../users/get-user.ts'
import { cancelToken } from './cancel-token.ts'
import type { RequestRow } from './recovery-request.store.ts'

export interface TellTools {
  readonly keys: Keyring
  /** Links lead to the address that the operator has set, whatever a request may say. */
  readonly publicUrl: string
}

/** A mail to all addresses of the user, with the link that cancels the request. */
export async function tellOfRequest(
  ctx: Context,
  { keys, publicUrl }: TellTools,
  user: UserRow,
  request: RequestRow,
): Promise<readonly Write[]> {
  const link = `${publicUrl}/recovery/cancel?token=${cancelToken(keys, request, ctx)}`
  const values = {
    ...circumstancesOf({ ...ctx.source, at: request.created_at }),
    ends: new Date(request.ready_at).toISOString(),
    link,
  }
  const addresses = await listMailAddresses(ctx, keys, user)
  const notAfter = new Date(request.ready_at)
  return addresses.flatMap((to) =>
    sendMessage(ctx, keys, { kind: 'recovery_requested', values, channel: 'email', to, notAfter, userId: user.id }),
  )
}
