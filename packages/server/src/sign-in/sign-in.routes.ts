import * as api from '@gatehouse/contract/sign-in-operations'
import type { AskTools } from '../factors/ask-question.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import type { CaptchaGuard } from '../guard/captcha/captcha-guard.ts'
import { type Site, serve } from '../http/serve.ts'
import { Fault } from '../kernel/fault.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { createChallenge } from './create-challenge.ts'
import { getChallenge } from './get-challenge.ts'
import { login } from './login.ts'
import { sendChallenge } from './send-challenge.ts'
import { listSites, type PasskeyTools, startPasskey } from './start-passkey.ts'
import { verifyChallenge } from './verify-challenge.ts'
import { verifyPasskey } from './verify-passkey.ts'

interface Tools extends FactorReader, AskTools, PasskeyTools {
  readonly issuer: string
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly captcha: CaptchaGuard
  readonly rules: Rules
  readonly steadyClock: SteadyClock
}

export function serveSignIn(site: Site, tools: Tools): void {
  serve(site, api.login, login(tools))
  serve(site, api.createChallenge, createChallenge(tools))
  serve(site, api.getChallenge, getChallenge(tools))
  serve(site, api.sendChallenge, sendChallenge(tools))
  serve(site, api.verifyChallenge, verifyChallenge(tools))

  const related = listSites(tools)
  site.http.get('/.well-known/webauthn', async (_request, reply) => {
    if (related.length === 0) throw new Fault('not_found')
    return reply.type('application/json').send(JSON.stringify({ origins: related }))
  })
  serve(site, api.startPasskey, startPasskey(tools))
  serve(site, api.verifyPasskey, verifyPasskey(tools))
}
