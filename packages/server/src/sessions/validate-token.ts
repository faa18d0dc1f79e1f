import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { validateToken as Contract } from '@gatehouse/contract/operations'
import { type Context, callingClient, commit } from '../context.ts'
import { record } from '../log/record.ts'
import type { Sessions } from './sessions.ts'

/** Whether a token is good now. A good one changes nothing; one that is not goes on record. */
export function validateToken({ sessions }: { readonly sessions: Sessions }) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const verdict = await sessions.judge(ctx, callingClient(ctx), input.token)
    if (verdict.active) return { active: true, claims: verdict.claims }
    const { reason, sessionId } = verdict
    await commit(ctx, [record(ctx, { type: 'token.rejected', sessionId, data: { reason } })])
    return { active: false, reason }
  }
}
