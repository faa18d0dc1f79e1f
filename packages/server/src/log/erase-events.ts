import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { canonicalEmail } from '../users/email.ts'
import { erasePersonalFields } from './event.store.ts'

/**
 * What is personal in the events of a user, and in those of nobody yet at their address if they have one, for good: the
 * commitments stay, and with them every proof.
 */
export function eraseEvents(
  ctx: Context,
  { id, email }: { readonly id: UserId; readonly email: string | null },
): Write {
  const address = email === null ? null : canonicalEmail(email)
  return erasePersonalFields({ user_id: id, tenant_id: ctx.tenantId, email: address })
}
