import * as api from '@gatehouse/contract/factor-operations'
import * as recoveryApi from '@gatehouse/contract/recovery-operations'
import { type Site, serve } from '../http/serve.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { activateFactor } from './activate-factor.ts'
import type { AskTools } from './ask-question.ts'
import { enrollFactor } from './enroll-factor.ts'
import { issueAccessPass } from './issue-access-pass.ts'
import { listFactors } from './list-factors.ts'
import { removeFactor } from './remove-factor.ts'
import { renameFactor } from './rename-factor.ts'
import { resetMfa } from './reset-mfa.ts'
import { resyncFactor } from './resync-factor.ts'
import type { FactorReader } from './stored-factor.ts'

interface Tools extends FactorReader, AskTools {
  readonly issuer: string
  readonly sessions: Sessions
  readonly rules: Rules
}

export function serveFactors(site: Site, tools: Tools): void {
  serve(site, api.enrollFactor, enrollFactor(tools))
  serve(site, api.activateFactor, activateFactor(tools))
  serve(site, api.resyncFactor, resyncFactor(tools))
  serve(site, api.listFactors, listFactors)
  serve(site, api.renameFactor, renameFactor)
  serve(site, api.removeFactor, removeFactor(tools))
  const reset = resetMfa(tools)
  serve(site, recoveryApi.resetMfa, (ctx, input) => reset(ctx, input))
  serve(site, recoveryApi.issueAccessPass, issueAccessPass(tools))
}
