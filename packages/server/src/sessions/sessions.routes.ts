import * as api from '@gatehouse/contract/operations'
import type { Policy } from '@gatehouse/contract/policy'
import { type Site, serve } from '../http/serve.ts'
import type { Keyring } from '../keys/keyring.ts'
import { logout, revokeToken } from './end-session.ts'
import { endSession, endSessions, listSessions } from './list-sessions.ts'
import { refreshSession } from './refresh-session.ts'
import type { SecondFactor } from './second-factor.ts'
import type { Sessions } from './sessions.ts'
import { validateToken } from './validate-token.ts'

interface Tools {
  readonly sessions: Sessions
  readonly secondFactor: SecondFactor
  readonly keys: Keyring
  readonly policy: Policy
}

export function serveSessions(site: Site, tools: Tools): void {
  serve(site, api.logout, logout(tools))
  serve(site, api.refreshSession, refreshSession(tools))
  serve(site, api.listSessions, listSessions)
  serve(site, api.endSession, endSession(tools))
  serve(site, api.endSessions, endSessions(tools))
  serve(site, api.validateToken, validateToken(tools))
  serve(site, api.revokeToken, revokeToken(tools))
}
