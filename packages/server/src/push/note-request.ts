import type { PushTransport } from '@gatehouse/contract/push-operations'
import { type Context, commit } from '../context.ts'
import type { FactorId, Id, MessageId, UserId } from '../kernel/ids.ts'
import { eraseOfUser } from '../purge/erase-of-user.ts'
import type { Write } from '../storage/write.ts'
import { hasUnfetched, insertDelivery, markFetched } from './push-delivery.store.ts'

interface Request {
  readonly id: Id<'qst'>
  readonly userId: UserId
  readonly factorId: FactorId
  readonly transport: PushTransport
  /** What wakes the device. */
  readonly messageId: MessageId | null
  readonly expiresAt: number
}

/** That a device is asked, for the figures of what reaches devices. */
export function noteRequest(ctx: Context, { id, userId, factorId, transport, messageId, expiresAt }: Request): Write {
  return insertDelivery({
    id,
    tenant_id: ctx.tenantId,
    user_id: userId,
    factor_id: factorId,
    transport,
    message_id: messageId,
    asked_at: ctx.now.getTime(),
    not_after: expiresAt,
  })
}

/** The device looks. Writes nothing when it has been asked nothing. */
export async function noteLook(ctx: Context, factorId: FactorId): Promise<void> {
  if (!(await hasUnfetched(ctx.db, factorId))) return
  await commit(ctx, [markFetched({ factor_id: factorId, fetched_at: ctx.now.getTime() })])
}

/** What a user was asked, for good. */
export const eraseDeliveries = eraseOfUser('push_delivery')
