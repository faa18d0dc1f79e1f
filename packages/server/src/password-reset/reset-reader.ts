import type { Policy } from '@gatehouse/contract/policy'
import type { Keyring } from '../keys/keyring.ts'
import type { LogReader } from '../log/log-reader.ts'
import { record } from '../log/record.ts'
import { linkReader } from '../mail-tokens/link-reader.ts'
import { mayMail } from '../messages/mail-budget.ts'
import { sendMessage } from '../messages/send-message.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import { resetTokens } from './reset-tokens.ts'

interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
  /** Links lead to the address that the operator has set, whatever a request may say. */
  readonly publicUrl: string
}

/** Sends the link to whoever has forgotten a password and has an account. */
export function resetReader({ keys, policy, publicUrl }: Tools): LogReader {
  return linkReader({
    name: 'password resets',
    type: 'password.reset_requested',
    lifeSeconds: policy.passwordResetSeconds,
    async answer(ctx, { event, email, clientId, ends, circumstances }) {
      const user = await findUserByAddress(ctx, email)
      if (!user?.email || user.disabled_at !== null || !(await mayMail(ctx, `reset ${user.id}`, policy))) return []
      const about = { user_version: user.version }
      const { token, write } = resetTokens.create(ctx, { subject: user.id, clientId, about, expiresAt: ends })
      return [
        write,
        record(ctx, { type: 'password.reset_sent', userId: user.id, data: { request: event } }),
        ...sendMessage(ctx, keys, {
          kind: 'password_reset',
          values: { ...circumstances, ends: ends.toISOString(), link: `${publicUrl}/password/reset#${token}` },
          channel: 'email',
          to: user.email,
          notAfter: ends,
          userId: user.id,
        }),
      ]
    },
  })
}
