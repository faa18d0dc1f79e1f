import * as api from '@gatehouse/contract/operations'
import type { Policy } from '@gatehouse/contract/policy'
import { type Site, serve } from '../http/serve.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { activateFactor } from './activate-factor.ts'
import { enrollFactor } from './enroll-factor.ts'
import { listFactors } from './list-factors.ts'
import { removeFactor } from './remove-factor.ts'

interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
  readonly issuer: string
  readonly sessions: Sessions
}

export function serveFactors(site: Site, tools: Tools): void {
  serve(site, api.enrollFactor, enrollFactor(tools))
  serve(site, api.activateFactor, activateFactor(tools))
  serve(site, api.listFactors, listFactors)
  serve(site, api.removeFactor, removeFactor(tools))
}
