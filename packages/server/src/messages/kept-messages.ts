import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { listTestMessages as Contract } from '@gatehouse/contract/sandbox-operations'
import { type Context, isTestCall } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { Write } from '../storage/write.ts'
import { composeMessage, type WordTools } from './deliver-message.ts'
import { deleteMessagesOfTenant, listKeptMessages } from './message.store.ts'

const atMost = 200

/** The messages of a test tenant, with their codes: waiting or captured. */
export function listTestMessages(tools: WordTools) {
  return async (ctx: Context, { to }: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    demandTest(ctx)
    const rows = await listKeptMessages(ctx.db, ctx.tenantId, atMost)
    const composed = rows.map(async (row) => {
      const { tenantId: _, html: _html, notAfter, subject = null, ...message } = await composeMessage(tools, row)
      const created_at = new Date(row.created_at).toISOString()
      return { ...message, subject, created_at, not_after: notAfter.toISOString() }
    })
    const messages = await Promise.all(composed)
    return { data: messages.filter((message) => to === undefined || message.to === to) }
  }
}

/** Every message of the tenant that acts, for good. */
export function eraseMessages(ctx: Context): Write {
  return deleteMessagesOfTenant({ tenant_id: ctx.tenantId })
}

/** @throws Fault `test_mode_only` for clients of live tenants */
export function demandTest(ctx: Context): void {
  if (!isTestCall(ctx)) throw new Fault('test_mode_only')
}
