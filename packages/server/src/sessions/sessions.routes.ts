import type { Policy } from '@gatehouse/contract/policy'
import * as sessionApi from '@gatehouse/contract/session-operations'
import * as verification from '@gatehouse/contract/verification-operations'
import { type Site, serve } from '../http/serve.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import type { Keyring } from '../keys/keyring.ts'
import { logout, revokeToken } from './end-session.ts'
import { followRevocations, listRevocations } from './list-revocations.ts'
import { endSession, endSessions, listSessions } from './list-sessions.ts'
import { readTokenKeys } from './read-token-keys.ts'
import { refreshSession } from './refresh-session.ts'
import type { SecondFactor } from './second-factor.ts'
import type { Sessions } from './sessions.ts'
import { tokenKeys } from './token-keys.ts'
import { validateToken } from './validate-token.ts'
import { watchEndings } from './watch-endings.ts'

interface Tools {
  readonly sessions: Sessions
  readonly secondFactor: SecondFactor
  readonly keys: Keyring
  readonly policy: Policy
  readonly steadyClock: SteadyClock
}

export function serveSessions(site: Site, tools: Tools): void {
  serve(site, sessionApi.logout, logout(tools))
  serve(site, sessionApi.refreshSession, refreshSession(tools))
  serve(site, sessionApi.listSessions, listSessions)
  serve(site, sessionApi.endSession, endSession(tools))
  serve(site, sessionApi.endSessions, endSessions(tools))
  serve(site, verification.validateToken, validateToken(tools))
  serve(site, verification.revokeToken, revokeToken(tools))

  const { storage, clients, publicUrl, reportFailure, world } = site.house
  const verifying = { policy: tools.policy, tokenKeys: tokenKeys(tools.keys) }
  const report = (error: unknown) => reportFailure(error, '')
  const watch = watchEndings({ db: storage, now: world.now, policy: tools.policy, reportFailure: report })
  serve(site, verification.readTokenKeys, readTokenKeys({ ...verifying, issuer: publicUrl }))
  serve(
    site,
    verification.listRevocations,
    listRevocations(verifying),
    followRevocations({ ...verifying, watch, clients, now: world.now }),
  )
}
