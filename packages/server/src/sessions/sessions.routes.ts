import * as api from '@gatehouse/contract/operations'
import { type Site, serve } from '../http/serve.ts'
import { logout, revokeToken } from './end-session.ts'
import type { Sessions } from './sessions.ts'
import { validateToken } from './validate-token.ts'

export function serveSessions(site: Site, tools: { readonly sessions: Sessions }): void {
  serve(site, api.logout, logout(tools))
  serve(site, api.validateToken, validateToken(tools))
  serve(site, api.revokeToken, revokeToken(tools))
}
