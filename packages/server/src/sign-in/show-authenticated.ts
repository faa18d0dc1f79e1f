import type { Authenticated, User } from '@gatehouse/contract/resources'
import type { SessionTokens } from '../sessions/sessions.ts'

/** The answer to somebody who is in. */
export function showAuthenticated(session: SessionTokens, user: User): Authenticated {
  return {
    status: 'authenticated',
    access_token: session.accessToken,
    token_type: 'Bearer',
    expires_in: session.expiresInSeconds,
    ...(session.refreshToken && { refresh_token: session.refreshToken }),
    ...(session.mfaToken && { session_token: session.mfaToken }),
    session_id: session.id,
    user,
  }
}
