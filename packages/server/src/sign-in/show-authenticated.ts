import type { Authenticated, User } from '@gatehouse/contract/resources'
import type { NewSession } from '../sessions/sessions.ts'

/** The answer to somebody who is in. */
export function showAuthenticated(session: NewSession, user: User): Authenticated {
  return {
    status: 'authenticated',
    access_token: session.accessToken,
    token_type: 'Bearer',
    expires_in: session.expiresInSeconds,
    session_id: session.id,
    user,
  }
}
