import type { getAlert as GetContract, listAlerts as ListContract } from '@gatehouse/contract/alert-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { pageOf, readIdCursor, writeIdCursor } from '../kernel/cursor.ts'
import { Fault } from '../kernel/fault.ts'
import type { Id } from '../kernel/ids.ts'
import { type AlertRow, findAlert, searchAlerts } from './alert.store.ts'
import { showAlert } from './show-alert.ts'

/** A page of the alerts of the caller's tenant, newest first. */
export async function listAlerts(
  ctx: Context,
  input: Parsed<typeof ListContract>,
): Promise<Output<typeof ListContract>> {
  const { limit, cursor, ...filter } = input
  const rows = await searchAlerts(ctx.db, ctx.tenantId, filter, readIdCursor(cursor, filter, 'alr'), limit + 1)
  return pageOf(rows, limit, { show: showAlert, mark: (last) => writeIdCursor(last.id, filter) })
}

export async function getAlert(ctx: Context, input: Parsed<typeof GetContract>): Promise<Output<typeof GetContract>> {
  return showAlert(await getAlertRow(ctx, input.id))
}

/** @throws Fault `not_found`, also for alerts of other tenants */
export async function getAlertRow(ctx: Context, id: Id<'alr'>): Promise<AlertRow> {
  const row = await findAlert(ctx.db, ctx.tenantId, id)
  if (!row) throw new Fault('not_found')
  return row
}
