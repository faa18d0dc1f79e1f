import type { Context } from '../context.ts'
import { hourMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import { purgeOld } from '../purge/purge-old.ts'
import type { Write } from '../storage/write.ts'
import { deleteCodesOfUser, oldCodes } from './authorization-code.store.ts'

/** Codes an hour after they were good: till then, whoever brings one again is found out. */
export const purgeCodes = purgeOld(oldCodes, hourMs)

/** For a user who is erased. */
export function eraseCodes(ctx: Context, userId: UserId): Write {
  return deleteCodesOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
