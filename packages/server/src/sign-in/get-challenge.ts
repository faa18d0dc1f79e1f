import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { getChallenge as Contract } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient } from '../context.ts'
import { listActiveFactors } from '../factors/list-factors.ts'
import { Fault } from '../kernel/fault.ts'
import { findChallenge } from './challenge.store.ts'
import { showChallenge } from './show-challenge.ts'

/** What has become of a challenge, for the client that asked. Whoever else asks finds nothing. */
export async function getChallenge(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const row = await findChallenge(ctx.db, ctx.tenantId, input.id)
  if (row?.client_id !== callingClient(ctx).id) throw new Fault('not_found')
  return showChallenge(row, await listActiveFactors(ctx, row.user_id), ctx.now)
}
