import * as api from '@gatehouse/contract/administrator-operations'
import type { Policy } from '@gatehouse/contract/policy'
import type { AskTools } from '../factors/ask-question.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import type { CaptchaGuard } from '../guard/captcha/captcha-guard.ts'
import { type Site, serve } from '../http/serve.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import { forgotPassword } from '../password-reset/forgot-password.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { refreshSession } from '../sessions/refresh-session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { createChallenge } from '../sign-in/create-challenge.ts'
import { login } from '../sign-in/login.ts'
import { sendChallenge } from '../sign-in/send-challenge.ts'
import { type PasskeyTools, startPasskey } from '../sign-in/start-passkey.ts'
import { verifyChallenge } from '../sign-in/verify-challenge.ts'
import { verifyPasskey } from '../sign-in/verify-passkey.ts'
import { changeAdministrator, removeAdministrator } from './change-administrator.ts'
import { createAdministrator } from './create-administrator.ts'
import { aboutMyself, getMyself } from './get-myself.ts'
import { listAdministrators } from './list-administrators.ts'
import { resetAdministratorMfa, unlockAdministrator } from './recover-administrator.ts'
import { issueAdministratorLink } from './set-up-link.ts'
import { consoleOf } from './sign-in-administrator.ts'

interface Tools extends FactorReader, AskTools, PasskeyTools {
  readonly policy: Policy
  readonly issuer: string
  readonly publicUrl: string
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly captcha: CaptchaGuard
  readonly rules: Rules
  readonly steadyClock: SteadyClock
}

/** Administrators: how they come in, which is how everybody does, and what they do about each other. */
export function serveAdministrators(site: Site, tools: Tools): void {
  const console = consoleOf(site.house.clients)
  const signIn = login(tools)
  const send = sendChallenge(tools)
  const verify = verifyChallenge(tools)
  const start = startPasskey(tools)
  const finish = verifyPasskey(tools)
  const refresh = refreshSession(tools)
  const forget = forgotPassword(tools)
  const ask = createChallenge(tools)

  serve(site, api.signInAdministrator, async (ctx, { device_token, ...input }) =>
    signIn(await console(ctx), { ...input, end_user: { ip: ctx.source.ipAddress ?? undefined, device_token } }),
  )
  serve(site, api.sendAdministratorChallenge, async (ctx, input) => send(await console(ctx), input))
  serve(site, api.verifyAdministratorChallenge, async (ctx, { device_token, ...input }) =>
    verify(await console(ctx), { ...input, end_user: { device_token } }),
  )
  serve(site, api.startAdministratorPasskey, async (ctx) => start(await console(ctx)))
  serve(site, api.verifyAdministratorPasskey, async (ctx, { device_token, response }) =>
    finish(await console(ctx), { response, end_user: { device_token } }),
  )
  serve(site, api.refreshAdministrator, async (ctx, input) => refresh(await console(ctx), input))
  serve(site, api.forgotAdministratorPassword, async (ctx, input) => forget(await console(ctx), input))

  serve(site, api.getAdministrator, getMyself)
  serve(site, api.proveAdministrator, async (ctx) => ask(await console(ctx), aboutMyself(ctx)))
  serve(site, api.listAdministrators, listAdministrators)
  serve(site, api.createAdministrator, createAdministrator(tools))
  serve(site, api.changeAdministrator, changeAdministrator)
  serve(site, api.removeAdministrator, removeAdministrator(tools))
  serve(site, api.unlockAdministrator, unlockAdministrator)
  serve(site, api.resetAdministratorMfa, resetAdministratorMfa(tools))
  serve(site, api.issueAdministratorLink, issueAdministratorLink(tools))
}
