import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { WebhookEndpoint } from '@gatehouse/contract/webhook-events'
import type { getWebhookEndpoint as Get, listWebhookEndpoints as List } from '@gatehouse/contract/webhook-operations'
import type { Context } from '../context.ts'
import { pageOf, readIdCursor, writeIdCursor } from '../kernel/cursor.ts'
import { listEndpointsBelow } from './endpoint.store.ts'
import { getEndpointRow, showEndpoint } from './show-endpoint.ts'
import type { WebhookTools } from './webhook-tools.ts'

type Tools = Pick<WebhookTools, 'keys'>

/** A page of the endpoints of the caller's tenant, newest first. */
export function listEndpoints({ keys }: Tools) {
  return async (ctx: Context, { limit, cursor }: Parsed<typeof List>): Promise<Output<typeof List>> => {
    const before = readIdCursor(cursor, 'webhook endpoints', 'whe')
    const rows = await listEndpointsBelow(ctx.db, ctx.tenantId, before, limit + 1)
    return pageOf(rows, limit, {
      show: (row) => showEndpoint(keys, row, ctx.now),
      mark: (last) => writeIdCursor(last.id, 'webhook endpoints'),
    })
  }
}

export function getEndpoint({ keys }: Tools) {
  return async (ctx: Context, { id }: Parsed<typeof Get>): Promise<WebhookEndpoint> =>
    showEndpoint(keys, await getEndpointRow(ctx, id), ctx.now)
}
