import type { Output, Parsed } from '@gatehouse/contract/operation'
import type {
  cancelRecovery as Contract,
  getRecoveryRequest as GetContract,
} from '@gatehouse/contract/recovery-operations'
import { type Context, commit } from '../context.ts'
import type { Id } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { eraseOfUser } from '../purge/erase-of-user.ts'
import type { Write } from '../storage/write.ts'
import { readCancelToken } from './cancel-token.ts'
import { endRequest, findRequest, type RequestRow } from './recovery-request.store.ts'
import { shownRequest } from './request-recovery.ts'

export async function getRequest(ctx: Context, input: Parsed<typeof GetContract>): Promise<Output<typeof GetContract>> {
  return shownRequest(await findRequest(ctx.db, ctx.tenantId, input.id))
}

/** Ends a request that waits. One that has ended stays as it is. */
export async function cancelRecovery(
  ctx: Context,
  { id, reason }: Parsed<typeof Contract>,
): Promise<Output<typeof Contract>> {
  const row = await findRequest(ctx.db, ctx.tenantId, id)
  if (row?.ended_at === null) await commit(ctx, endOf(ctx, row, 'cancelled', reason))
  return getRequest(ctx, { id })
}

/** Cancels what a link of a mail names. False when the link is not ours, or it is too late. */
export async function cancelByLink(by: Context, keys: Keyring, token: string): Promise<boolean> {
  const place = readCancelToken(keys, token)
  if (!place) return false
  const ctx = { ...by, tenantId: place.tenant_id }
  return (
    (await cancelRecovery(ctx, { id: place.id as Id<'rec'>, reason: 'by mail' }).catch(absent))?.state === 'cancelled'
  )
}

/** The end of a request, for a commit. */
export function endOf(
  ctx: Context,
  { id, user_id }: RequestRow,
  reason: NonNullable<RequestRow['end_reason']>,
  note?: string,
): readonly Write[] {
  return [
    endRequest({ id, ended_at: ctx.now.getTime(), end_reason: reason }),
    record(ctx, {
      type: 'recovery.ended',
      userId: user_id,
      data: { request_id: id, outcome: reason, ...(note !== undefined && { reason: note }) },
    }),
  ]
}

/** For a user who is erased. */
export const eraseRequests = eraseOfUser('recovery_request')

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'not_found') return undefined
  throw error
}
