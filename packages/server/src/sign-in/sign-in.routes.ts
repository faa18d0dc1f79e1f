import * as api from '@gatehouse/contract/operations'
import type { Policy } from '@gatehouse/contract/policy'
import { type Site, serve } from '../http/serve.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { login } from './login.ts'
import { verifyChallenge } from './verify-challenge.ts'

interface Tools {
  readonly keys: Keyring
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly policy: Policy
}

export function serveSignIn(site: Site, tools: Tools): void {
  serve(site, api.login, login(tools))
  serve(site, api.verifyChallenge, verifyChallenge(tools))
}
