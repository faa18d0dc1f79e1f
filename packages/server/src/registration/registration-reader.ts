import type { Policy } from '@gatehouse/contract/policy'
import type { Context } from '../context.ts'
import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import { secondMs } from '../kernel/durations.ts'
import type { ClientId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { LogReader, SealedEvent } from '../log/log-reader.ts'
import { record } from '../log/record.ts'
import { mayMail } from '../messages/mail-budget.ts'
import { sendMessage } from '../messages/send-message.ts'
import type { Write } from '../storage/write.ts'
import { emailKey, mailboxOf } from '../users/email.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import { insertRegistrationToken } from './registration-token.store.ts'

interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
  /** Links lead to the address that the operator has set, whatever a request may say. */
  readonly publicUrl: string
}

/** Sends the link to whoever wants an account, and to whoever has one that it is there. */
export function registrationReader({ keys, policy, publicUrl }: Tools): LogReader {
  const lifeMs = policy.registrationSeconds * secondMs

  async function answer(ctx: Context, event: SealedEvent): Promise<readonly Write[]> {
    const { email } = event
    if (email === null || event.at + lifeMs <= ctx.now.getTime()) return []
    const key = emailKey(email)
    if (!(await mayMail(ctx, `registration ${mailboxOf(key)}`, policy))) return []
    const user = await findUserByAddress(ctx, email)
    const ends = new Date(event.at + lifeMs)
    const circumstances = {
      at: new Date(event.at).toISOString(),
      ip: event.ip_address ?? '?',
      agent: event.user_agent ?? '',
    }
    const mail = { channel: 'email', notAfter: ends } as const
    if (user) {
      if (!user.email || user.disabled_at !== null) return []
      return [
        record(ctx, { type: 'registration.sent', userId: user.id, data: { request: event.id, known: true } }),
        ...sendMessage(ctx, keys, {
          ...mail,
          kind: 'registration_known',
          values: circumstances,
          to: user.email,
          userId: user.id,
        }),
      ]
    }
    const { client_id } = JSON.parse(event.data) as { readonly client_id: ClientId }
    const token = randomToken('rgt_', ctx)
    const link = `${publicUrl}/register#${token}`
    return [
      insertRegistrationToken({
        token_hash: sha256(token),
        tenant_id: ctx.tenantId,
        email,
        email_key: key,
        client_id,
        expires_at: ends.getTime(),
      }),
      record(ctx, { type: 'registration.sent', email, data: { request: event.id, known: false } }),
      ...sendMessage(ctx, keys, {
        ...mail,
        kind: 'registration',
        values: { ...circumstances, ends: ends.toISOString(), link },
        to: email,
      }),
    ]
  }

  return {
    name: 'registrations',
    // What is too old for a link is passed over.
    begins: 'oldest',
    async read(ctx, events) {
      const writes: Write[] = []
      for (const event of events) {
        if (event.type !== 'registration.requested') continue
        writes.push(...(await answer({ ...ctx, tenantId: event.tenant_id }, event)))
      }
      return writes
    },
  }
}
