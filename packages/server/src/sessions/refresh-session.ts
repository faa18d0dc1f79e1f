import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { refreshSession as Contract } from '@gatehouse/contract/session-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import { showAuthenticated } from '../sign-in/show-authenticated.ts'
import { getUserRow, userAsRead } from '../users/get-user.ts'
import { showUser } from '../users/show-user.ts'
import { endSession, findSession, rotateRefresh, type SessionRow } from './session.store.ts'
import { isRefreshToken, parseRefreshToken } from './session-secret.ts'
import { findEnd, type Sessions } from './sessions.ts'

interface Tools {
  readonly sessions: Sessions
  readonly keys: Keyring
  readonly policy: Policy
}

/**
 * The next access token, and the next refresh token in place of the one that is spent (RFC 9700, section 4.14.2). Who asks
 * again within some seconds, because the answer was lost, is told the same. A spent token that comes later is in two
 * hands: the session ends. What the session has proven never rises here.
 */
export function refreshSession({ sessions, keys, policy }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const client = callingClient(ctx)
    const now = ctx.now.getTime()
    const said = parseRefreshToken(input.refresh_token)
    if (!said) return refuseToken(ctx, 'invalid', undefined)
    // Of two at the same time the second looks again, and finds that it came for a token just spent.
    for (;;) {
      const session = await findSession(ctx.db, said.id)
      const isOurs =
        session?.client_id === client.id &&
        said.count <= session.refresh_count &&
        isRefreshToken(keys, session, said.count, input.refresh_token)
      if (!isOurs) return refuseToken(ctx, 'invalid', undefined)
      if (session.ended_at !== null) return refuseToken(ctx, 'revoked', session)
      if (session.expires_at <= now) return refuseToken(ctx, 'expired', session)

      const user = await getUserRow(ctx, session.user_id)
      // Whoever has proven a second factor has the token that says so: a refresh token alone does not give it again.
      const answer = (row: SessionRow) =>
        showAuthenticated({ ...sessions.tokensOf(client, showUser(user), row), mfaToken: undefined }, showUser(user))
      if (said.count < session.refresh_count) {
        const isRetry =
          said.count === session.refresh_count - 1 &&
          now - session.refreshed_at <= policy.refreshRetrySeconds * secondMs
        if (!isRetry) return endFamily(ctx, sessions, session)
        return answer(session)
      }
      const expires_at = findEnd(session, now, policy)
      const committed = await commit(ctx, [
        userAsRead(user),
        rotateRefresh({ id: session.id, refresh_count: session.refresh_count, refreshed_at: now, expires_at }),
        record(ctx, {
          type: 'token.refreshed',
          userId: user.id,
          sessionId: session.id,
          data: { count: session.refresh_count + 1 },
        }),
      ])
      if (!committed.done) continue
      sessions.forget(session.id)
      const next = { ...session, refresh_count: session.refresh_count + 1, refreshed_at: now, expires_at }
      return answer(next)
    }
  }
}

async function endFamily(ctx: Context, sessions: Sessions, session: SessionRow): Promise<never> {
  const event = { type: 'token.reused', userId: session.user_id, sessionId: session.id } as const
  const end = endSession({ id: session.id, ended_at: ctx.now.getTime(), end_reason: 'refresh_reuse' })
  try {
    return await refuse(ctx, 'token_invalid', { event, writes: [end] })
  } finally {
    sessions.forget(session.id)
  }
}

function refuseToken(ctx: Context, reason: string, session: SessionRow | undefined): Promise<never> {
  const event = { type: 'token.rejected', userId: session?.user_id, sessionId: session?.id, data: { reason } } as const
  return refuse(ctx, 'token_invalid', { event })
}
