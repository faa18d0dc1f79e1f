import type { HardwareToken } from '@gatehouse/contract/token-operations'
import type { Context } from '../context.ts'
import { listTokenRows } from './hardware-token.store.ts'

/** Tokens of the tenant by serial number, from the one after `after` on, and who has them. */
export async function listTokens(ctx: Context, after: string, limit: number): Promise<HardwareToken[]> {
  const rows = await listTokenRows(ctx.db, ctx.tenantId, after, limit)
  return rows.map(({ serial, factor_id, user_id }) => ({
    serial,
    state: factor_id === null ? 'in_stock' : 'assigned',
    user_id,
    factor_id,
  }))
}
