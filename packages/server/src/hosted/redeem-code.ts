import { createHash } from 'node:crypto'
import type { redeemCode as Contract } from '@gatehouse/contract/hosted-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { type Context, callingClient, commit } from '../context.ts'
import { equal } from '../crypto/equal.ts'
import { sha256 } from '../crypto/sha256.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { showAuthenticated } from '../sign-in/show-authenticated.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { type CodeRow, findCodeRow, spendCode } from './authorization-code.store.ts'

type Input = Parsed<typeof Contract>

/**
 * Gives the client the tokens of the session that a browser has brought a code for, once (RFC 6749, section 4.1.3; RFC 7636,
 * section 4.6). A code that comes a second time is in two hands: its session ends.
 * @throws Fault `authorization_code_invalid`, whatever is wrong with it; the record says what
 */
export function redeemCode({ sessions }: { readonly sessions: Sessions }) {
  return async (ctx: Context, input: Input): Promise<Output<typeof Contract>> => {
    const client = callingClient(ctx)
    for (;;) {
      const row = await findCodeRow(ctx.db, sha256(input.code))
      const flaw = findFlaw(ctx, row, input)
      if (!row || flaw !== undefined) return reject(ctx, flaw ?? 'unknown', row)
      const session = await sessions.find(ctx, row.session_id)
      if (row.spent_at !== null) return endFamily(ctx, sessions, row)
      if (session?.ended_at !== null || session.expires_at <= ctx.now.getTime())
        return reject(ctx, 'session_ended', row)
      const user = await getUserRow(ctx, row.user_id)
      const committed = await commit(ctx, [
        userAsRead(user),
        spendCode({ hash: row.hash, spent_at: ctx.now.getTime() }),
        record(ctx, { type: 'sign_in_code.redeemed', userId: user.id, sessionId: session.id }),
      ])
      if (committed.done) return showAuthenticated(sessions.tokensOf(client, showUser(user), session), showUser(user))
    }
  }
}

function findFlaw(ctx: Context, row: CodeRow | undefined, input: Input): string | undefined {
  if (row?.client_id !== callingClient(ctx).id) return row ? 'other_client' : 'unknown'
  if (row.redirect_uri !== input.redirect_uri) return 'other_redirect_uri'
  const challenge = createHash('sha256').update(input.code_verifier).digest('base64url')
  if (!equal(row.code_challenge, challenge)) return 'code_verifier'
  return row.expires_at <= ctx.now.getTime() && row.spent_at === null ? 'expired' : undefined
}

function reject(ctx: Context, reason: string, row: CodeRow | undefined): Promise<never> {
  const about = row && { userId: row.user_id, sessionId: row.session_id }
  return refuse(ctx, 'authorization_code_invalid', {
    event: { type: 'sign_in_code.rejected', ...about, data: { reason } },
  })
}

async function endFamily(ctx: Context, sessions: Sessions, row: CodeRow): Promise<never> {
  const session = { id: row.session_id, user_id: row.user_id }
  try {
    return await refuse(ctx, 'authorization_code_invalid', {
      event: { type: 'sign_in_code.reused', userId: row.user_id, sessionId: row.session_id },
      writes: sessions.end(ctx, session, 'code_reused'),
    })
  } finally {
    sessions.forget(row.session_id)
  }
}
