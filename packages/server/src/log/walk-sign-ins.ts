import type { Context } from '../context.ts'
import { listSignInEvents, type SignInEvent } from './sign-in-events.store.ts'

export type { SignInEvent }

const pageSize = 1000

/** What the record says of sign-ins in the tenant since a time, the oldest first. */
export async function* walkSignIns(ctx: Context, sinceMs: number): AsyncGenerator<SignInEvent> {
  let after = 0
  for (;;) {
    const page = await listSignInEvents(ctx.db, { tenant_id: ctx.tenantId, since: sinceMs, after, limit: pageSize })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    after = last.seq
  }
}
