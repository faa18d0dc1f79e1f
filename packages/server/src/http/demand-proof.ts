import { dutyOf } from '@gatehouse/contract/administration'
import type { Bearer, Context } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { ProvenFactor } from '../sessions/second-factor.ts'
import type { Call, House } from './call.ts'
import { contextOf } from './context-of.ts'

/**
 * The second factor of a person who calls: what is shown is judged on every call, and demanded fresh where the operation
 * says so, of whoever has a factor. The answer to who has none to show is that of RFC 9470.
 */
export function demandProof(call: Call, house: House): void | Promise<void> {
  if (call.administrator) return demandOfAdministrator(call, house, call.administrator)
  if (call.operation.caller === 'user') return demandOfPerson(call, house)
}

async function demandOfPerson(call: Call, house: House): Promise<void> {
  const { bearer, operation } = call
  if (!bearer) throw new Fault('authentication_required')
  const { session } = bearer
  const isRecovery = session.acr === 'recovery'
  if (isRecovery && !operation.opensToRecovery) throw new Fault('recovery_only')
  const ctx = contextOf(call, house)
  const proven = await judgeShown(ctx, call, house, bearer)
  if (!operation.demandsProof || isRecovery) return
  if (!proven && !(await house.secondFactor.isOwned(ctx, session.user_id))) {
    // The most that they can prove is who they were at the sign-in: whoever has their token alone cannot do that again.
    if (ctx.now.getTime() - session.auth_time <= house.policy.stepUpSeconds * secondMs) return
    throw new Fault('sign_in_stale')
  }
  demandFresh(call, house, proven)
}

/** An administrator proves a factor of their own, whatever tenant they act in. */
async function demandOfAdministrator(call: Call, house: House, { client, session }: Bearer): Promise<void> {
  const bearer = { client, session }
  const ctx = contextOf({ ...call, administrator: undefined, bearer }, house)
  const proven = await judgeShown(ctx, call, house, bearer)
  if (dutyOf(call.operation.id).sensitive) demandFresh(call, house, proven)
}

async function judgeShown(ctx: Context, { headers, answerHeaders }: Call, house: House, { session }: Bearer) {
  const shown = { code: one(headers['x-mfa-token']), token: one(headers['x-session-token']) }
  const proven = await house.secondFactor.judge(ctx, session, shown)
  if (proven?.token !== undefined) answerHeaders['x-session-token'] = proven.token
  return proven
}

function demandFresh({ moment }: Call, { policy }: House, proven: ProvenFactor | undefined): void {
  const maxAgeSeconds = policy.stepUpSeconds
  if (proven && moment.now.getTime() - proven.at <= maxAgeSeconds * secondMs) return
  throw new Fault(proven ? 'mfa_stale' : 'mfa_required', { stepUp: { maxAgeSeconds } })
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header.slice(0, 256) : undefined
}
