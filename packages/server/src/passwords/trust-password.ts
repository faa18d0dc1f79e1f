import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { findPassword, trustPasswordOf } from './password.store.ts'

/** Something that is no mail was proven beside a password that a mail has set: it is as good as any from now on. */
export function trustPassword(ctx: Context, userId: UserId): Write {
  return trustPasswordOf({ user_id: userId, tenant_id: ctx.tenantId })
}

/** Whether a mail has set the password of a user, and nothing else was proven beside it since. */
export async function isSetByMail(ctx: Context, userId: UserId): Promise<boolean> {
  return (await findPassword(ctx.db, ctx.tenantId, userId))?.by_mail === 1
}
