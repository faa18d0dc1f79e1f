import type { Policy } from '@gatehouse/contract/policy'
import type { Context } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import type { ClientId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { LogReader, SealedEvent } from '../log/log-reader.ts'
import { record } from '../log/record.ts'
import { mayMail } from '../messages/mail-budget.ts'
import { sendMessage } from '../messages/send-message.ts'
import type { Write } from '../storage/write.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import { newResetToken } from './new-reset-token.ts'

interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
  /** Links lead to the address that the operator has set, whatever a request may say. */
  readonly publicUrl: string
}

/**
 * Sends the link to whoever has forgotten a password and has an account. Several links live beside each other: who asks
 * again and again could otherwise take the owner's away. All of them are over when one is used.
 */
export function resetReader({ keys, policy, publicUrl }: Tools): LogReader {
  const lifeMs = policy.passwordResetSeconds * secondMs

  async function answer(ctx: Context, event: SealedEvent): Promise<readonly Write[]> {
    if (event.email === null || event.at + lifeMs <= ctx.now.getTime()) return []
    const user = await findUserByAddress(ctx, event.email)
    if (!user?.email || user.disabled_at !== null || !(await mayMail(ctx, `reset ${user.id}`, policy))) return []
    const expiresAt = event.at + lifeMs
    const { client_id } = JSON.parse(event.data) as { readonly client_id: ClientId }
    const { token, write } = newResetToken(ctx, {
      tenant_id: ctx.tenantId,
      user_id: user.id,
      client_id,
      user_version: user.version,
      expires_at: expiresAt,
    })
    return [
      write,
      record(ctx, { type: 'password.reset_sent', userId: user.id, data: { request: event.id } }),
      ...sendMessage(ctx, keys, {
        kind: 'password_reset',
        values: {
          at: new Date(event.at).toISOString(),
          ip: event.ip_address ?? '?',
          agent: event.user_agent ?? '',
          ends: new Date(expiresAt).toISOString(),
          link: `${publicUrl}/password/reset#${token}`,
        },
        channel: 'email',
        to: user.email,
        notAfter: new Date(expiresAt),
        userId: user.id,
      }),
    ]
  }

  return {
    name: 'password resets',
    // What is too old for a link is passed over.
    begins: 'oldest',
    async read(ctx, events) {
      const writes: Write[] = []
      for (const event of events) {
        if (event.type !== 'password.reset_requested') continue
        writes.push(...(await answer({ ...ctx, tenantId: event.tenant_id }, event)))
      }
      return writes
    },
  }
}
