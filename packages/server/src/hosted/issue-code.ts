import type { Policy } from '@gatehouse/contract/policy'
import { type Context, callingClient, commit } from '../context.ts'
import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { SessionId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { findClientsSession, type Sessions } from '../sessions/sessions.ts'
import { insertCode } from './authorization-code.store.ts'
import type { AuthorizationRequest } from './authorization-request.ts'

interface Tools {
  readonly policy: Policy
  readonly sessions: Sessions
}

interface Wanted {
  readonly request: Pick<AuthorizationRequest, 'redirectUri' | 'codeChallenge'>
  /** Just opened. */
  readonly sessionId: SessionId
  /** The session that this browser had with the same client, of whomever. */
  readonly previousId: SessionId | undefined
}

/**
 * The code for a session that was just opened (RFC 6749, section 4.1.2). The session that the browser had before ends in the
 * same commit: nobody's old presence is left behind, and each sign-in has an identifier of its own.
 */
export function issueCode({ policy, sessions }: Tools) {
  return async (ctx: Context, { request, sessionId, previousId }: Wanted): Promise<string> => {
    const session = await sessions.find(ctx, sessionId)
    if (!session || session.acr === 'recovery') throw new Fault('sign_in_over')
    const code = randomToken('oac_', ctx)
    const nowMs = ctx.now.getTime()
    const writes = [
      insertCode({
        hash: sha256(code),
        tenant_id: ctx.tenantId,
        client_id: callingClient(ctx).id,
        user_id: session.user_id,
        session_id: session.id,
        redirect_uri: request.redirectUri,
        code_challenge: request.codeChallenge,
        created_at: nowMs,
        expires_at: nowMs + policy.authorizationCodeSeconds * secondMs,
        spent_at: null,
      }),
      record(ctx, { type: 'sign_in_code.issued', userId: session.user_id, sessionId: session.id }),
    ]
    const previous = previousId && (await findClientsSession(ctx, sessions, previousId))
    const ending = previous && previous.id !== session.id ? sessions.end(ctx, previous, 'replaced') : []
    const committed = await commit(ctx, [...ending, ...writes])
    // It has ended by itself meanwhile.
    if (!committed.done) await commit(ctx, writes)
    if (previous) sessions.forget(previous.id)
    return code
  }
}
