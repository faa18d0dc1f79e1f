import * as api from '@gatehouse/contract/me-operations'
import { activateFactor } from '../factors/activate-factor.ts'
import type { AskTools } from '../factors/ask-question.ts'
import { enrollFactor } from '../factors/enroll-factor.ts'
import { listFactors } from '../factors/list-factors.ts'
import { removeFactor } from '../factors/remove-factor.ts'
import { renameFactor } from '../factors/rename-factor.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { type Site, serve } from '../http/serve.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { endMyOtherSessions, endMySession, listSessions } from '../sessions/list-sessions.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { changeMyPassword } from './change-my-password.ts'
import { changeMyName, getMe } from './get-me.ts'
import { listMyActivity } from './list-my-activity.ts'
import { ownedBySelf, ownId } from './owned-by-self.ts'

interface Tools extends FactorReader, AskTools {
  readonly issuer: string
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly rules: Rules
}

/** What people do to their own account: the operations of everybody, on nobody but themselves. */
export function serveMe(site: Site, tools: Tools): void {
  const enroll = enrollFactor(tools)
  const activate = ownedBySelf(activateFactor(tools))
  const rename = ownedBySelf(renameFactor)
  const remove = ownedBySelf(removeFactor(tools))
  serve(site, api.getMe, getMe(tools))
  serve(site, api.changeMyName, changeMyName)
  serve(site, api.changeMyPassword, changeMyPassword(tools))
  serve(site, api.listMyFactors, (ctx) => listFactors(ctx, { id: ownId(ctx) }))
  serve(site, api.enrollMyFactor, (ctx, input) => enroll(ctx, { ...input, id: ownId(ctx) }))
  serve(site, api.activateMyFactor, (ctx, input) => activate(ctx, input))
  serve(site, api.renameMyFactor, (ctx, input) => rename(ctx, input))
  serve(site, api.removeMyFactor, (ctx, input) => remove(ctx, input))
  serve(site, api.listMySessions, (ctx) => listSessions(ctx, { id: ownId(ctx) }))
  serve(site, api.endMySession, endMySession(tools))
  serve(site, api.endMyOtherSessions, endMyOtherSessions(tools))
  serve(site, api.listMyActivity, listMyActivity)
}
