import type { Output } from '@gatehouse/contract/operation'
import type { resetTestTenant as Contract } from '@gatehouse/contract/sandbox-operations'
import { type Context, commit } from '../context.ts'
import { eraseKeptAnswers } from '../idempotency/erase-kept-answers.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { demandTest, eraseMessages } from '../messages/kept-messages.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { eraseUser } from './erase-user.ts'
import { listUserRows } from './user.store.ts'

/** In one call, so that it ends before its caller gives up. */
const atMost = 200

/** Empties a test tenant. Its clients stay. */
export function resetTestTenant(tools: { readonly sessions: Sessions; readonly keys: Keyring }) {
  const erase = eraseUser(tools)
  return async (ctx: Context): Promise<Output<typeof Contract>> => {
    demandTest(ctx)
    const users = await listUserRows(ctx.db, ctx.tenantId, Number.MAX_SAFE_INTEGER, atMost + 1)
    for (const { id } of users.slice(0, atMost)) await erase(ctx, { id, reason: 'test tenant reset' })
    const erased = Math.min(users.length, atMost)
    const emptied = record(ctx, { type: 'test.reset', data: { erased } })
    await commit(ctx, [eraseMessages(ctx), eraseKeptAnswers(ctx.tenantId), emptied])
    return { erased, has_more: users.length > atMost }
  }
}
