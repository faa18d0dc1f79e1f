import type { Policy } from '@gatehouse/contract/policy'
import type { Keyring } from '../keys/keyring.ts'
import type { LogReader } from '../log/log-reader.ts'
import { record } from '../log/record.ts'
import { linkReader } from '../mail-tokens/link-reader.ts'
import { mayMail } from '../messages/mail-budget.ts'
import { sendMessage } from '../messages/send-message.ts'
import { emailKey, mailboxOf } from '../users/email.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import { registrationTokens } from './registration-tokens.ts'

interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
  /** Links lead to the address that the operator has set, whatever a request may say. */
  readonly publicUrl: string
}

/** Sends the link to whoever wants an account, and to whoever has one that it is there. */
export function registrationReader({ keys, policy, publicUrl }: Tools): LogReader {
  return linkReader({
    name: 'registrations',
    type: 'registration.requested',
    lifeSeconds: policy.registrationSeconds,
    async answer(ctx, { event, email, clientId, ends, circumstances }) {
      const subject = emailKey(email)
      if (!(await mayMail(ctx, `registration ${mailboxOf(subject)}`, policy))) return []
      const user = await findUserByAddress(ctx, email)
      const mail = { channel: 'email', notAfter: ends } as const
      if (user) {
        if (!user.email || user.disabled_at !== null) return []
        return [
          record(ctx, { type: 'registration.sent', userId: user.id, data: { request: event, known: true } }),
          ...sendMessage(ctx, keys, {
            ...mail,
            kind: 'registration_known',
            values: circumstances,
            to: user.email,
            userId: user.id,
          }),
        ]
      }
      const { token, write } = registrationTokens.create(ctx, { subject, clientId, about: { email }, expiresAt: ends })
      return [
        write,
        record(ctx, { type: 'registration.sent', email, data: { request: event, known: false } }),
        ...sendMessage(ctx, keys, {
          ...mail,
          kind: 'registration',
          values: { ...circumstances, ends: ends.toISOString(), link: `${publicUrl}/register#${token}` },
          to: email,
        }),
      ]
    },
  })
}
