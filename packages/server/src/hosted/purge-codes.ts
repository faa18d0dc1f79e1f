import { type Context, commit } from '../context.ts'
import { hourMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteCodesOfUser, deleteExpiredCodes, hasExpiredCodes } from './authorization-code.store.ts'

/** Removes a batch of codes an hour after they were good: till then, whoever brings one again is found out. True when there were any. */
export async function purgeCodes(ctx: Context): Promise<boolean> {
  const before = ctx.now.getTime() - hourMs
  if (!(await hasExpiredCodes(ctx.db, before))) return false
  await commit(ctx, [deleteExpiredCodes({ before, rows: 500 })])
  return true
}

/** For a user who is erased. */
export function eraseCodes(ctx: Context, userId: UserId): Write {
  return deleteCodesOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
