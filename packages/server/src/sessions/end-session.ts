import { type Context, callingClient, commit } from '../context.ts'
import { refuse } from '../log/refuse.ts'
import type { Sessions } from './sessions.ts'

interface Tools {
  readonly sessions: Sessions
}
interface TokenInput {
  readonly token: string
}

/** Ends the session of a token, which must be alive. */
export function logout({ sessions }: Tools) {
  return async (ctx: Context, input: TokenInput): Promise<Record<string, never>> => {
    const verdict = await sessions.judge(ctx, callingClient(ctx), input.token)
    const ended = verdict.active && (await commit(ctx, sessions.end(ctx, verdict.session, 'logout'))).done
    if (!ended) {
      const reason = verdict.active ? 'revoked' : verdict.reason
      return refuse(ctx, 'token_invalid', { event: { type: 'token.rejected', data: { reason } } })
    }
    sessions.forget(verdict.session.id)
    return {}
  }
}

/** Ends the session of a token if there is one (RFC 7009, section 2.2: a token that is not good is no error). */
export function revokeToken({ sessions }: Tools) {
  return async (ctx: Context, input: TokenInput): Promise<Record<string, never>> => {
    const verdict = await sessions.judge(ctx, callingClient(ctx), input.token)
    if (!verdict.active) return {}
    await commit(ctx, sessions.end(ctx, verdict.session, 'revoked'))
    sessions.forget(verdict.session.id)
    return {}
  }
}
