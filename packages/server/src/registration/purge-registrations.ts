import { type Context, commit } from '../context.ts'
import type { Write } from '../storage/write.ts'
import {
  deleteExpiredRegistrationTokens,
  deleteRegistrationTokensOf,
  hasExpiredRegistrationTokens,
} from './registration-token.store.ts'

/** Removes a batch of links that are over. True when there were any. */
export async function purgeRegistrations(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime()
  if (!(await hasExpiredRegistrationTokens(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredRegistrationTokens({ before, rows: 500 })])
  return true
}

/** For a user who is erased. */
export function eraseRegistrations(ctx: Context, emailKey: string | null): readonly Write[] {
  return emailKey === null ? [] : [deleteRegistrationTokensOf({ email_key: emailKey, tenant_id: ctx.tenantId })]
}
