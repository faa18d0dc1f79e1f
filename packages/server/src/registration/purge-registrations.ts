import type { Context } from '../context.ts'
import { purgeOld } from '../purge/purge-old.ts'
import type { Write } from '../storage/write.ts'
import { deleteRegistrationTokensOf, oldRegistrationTokens } from './registration-token.store.ts'

/** Links that are over. */
export const purgeRegistrations = purgeOld(oldRegistrationTokens)

/** For a user who is erased. */
export function eraseRegistrations(ctx: Context, emailKey: string | null): readonly Write[] {
  return emailKey === null ? [] : [deleteRegistrationTokensOf({ email_key: emailKey, tenant_id: ctx.tenantId })]
}
