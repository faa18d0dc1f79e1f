import type { listClients as Contract } from '@gatehouse/contract/client-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Client } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { pageOf, readIdCursor, writeIdCursor } from '../kernel/cursor.ts'
import type { Reader } from '../storage/storage.ts'
import { listClientRows, listClientRowsBelow } from './client.store.ts'
import { showClient } from './show-client.ts'

/** Every client of every tenant, newest first: for operators. */
export async function listAllClients(db: Reader): Promise<readonly Client[]> {
  return (await listClientRows(db)).map(showClient)
}

/** A page of the clients of the caller's tenant, newest first. */
export async function listClients(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const { limit, cursor } = input
  const rows = await listClientRowsBelow(ctx.db, ctx.tenantId, readIdCursor(cursor, 'clients', 'cli'), limit + 1)
  return pageOf(rows, limit, { show: showClient, mark: (last) => writeIdCursor(last.id, 'clients') })
}
