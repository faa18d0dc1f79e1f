import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'
import { contextOf } from './context-of.ts'

/**
 * The second factor of a person who calls: what is shown is judged on every call, and demanded fresh where the operation
 * says so, of whoever has a factor. The answer to who has none to show is that of RFC 9470.
 */
export async function demandProof(call: Call, house: House): Promise<void> {
  const { bearer, headers, operation, answerHeaders } = call
  if (!bearer) throw new Fault('authentication_required')
  const { session } = bearer
  const isRecovery = session.acr === 'recovery'
  if (isRecovery && !operation.opensToRecovery) throw new Fault('recovery_only')
  const ctx = contextOf(call, house)
  const shown = { code: one(headers['x-mfa-token']), token: one(headers['x-session-token']) }
  const proven = await house.secondFactor.judge(ctx, session, shown)
  if (proven?.token !== undefined) answerHeaders['x-session-token'] = proven.token
  if (!operation.demandsProof || isRecovery) return

  const maxAge = house.policy.stepUpSeconds
  if (proven && ctx.now.getTime() - proven.at <= maxAge * secondMs) return
  if (!proven && !(await house.secondFactor.isOwned(ctx, session.user_id))) {
    // The most that they can prove is who they were at the sign-in: whoever has their token alone cannot do that again.
    if (ctx.now.getTime() - session.auth_time <= maxAge * secondMs) return
    throw new Fault('sign_in_stale')
  }
  throw new Fault(proven ? 'mfa_stale' : 'mfa_required', { stepUp: { maxAgeSeconds: maxAge } })
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header.slice(0, 256) : undefined
}
