import { type Context, callingClient } from '../context.ts'
import { activateFactor } from '../factors/activate-factor.ts'
import { enrollFactor } from '../factors/enroll-factor.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId, SessionId, UserId } from '../kernel/ids.ts'
import { findClientsSession, type Sessions } from '../sessions/sessions.ts'
import { openEnrolled } from '../sign-in/open-enrolled.ts'
import { type At, at, type Given, type Moves, type Next, type Turn } from './turn.ts'

type Tools = Parameters<typeof enrollFactor>[0] & Parameters<typeof activateFactor>[0] & { readonly sessions: Sessions }

/** Setting up a factor on the way, and proving it. */
export function enrollMoves(tools: Tools) {
  const operations = {
    enroll: enrollFactor(tools),
    activate: activateFactor(tools),
    openEnrolled: openEnrolled(tools),
  }

  /** Who sets up a factor, in the session that lets them. */
  async function actor({ ctx }: Turn, sessionId: SessionId): Promise<Context & { readonly userId: UserId }> {
    const session = await findClientsSession(ctx, tools.sessions, sessionId)
    if (!session) throw new Fault('challenge_expired')
    return { ...ctx, actor: { kind: 'user', client: callingClient(ctx), session }, userId: session.user_id }
  }

  async function enrolled({ ctx }: Turn, setup: { sessionId: SessionId; factorId: FactorId }): Promise<Next> {
    const { session_id: sessionId } = await operations.openEnrolled(ctx, setup)
    return { done: { sessionId, deviceToken: undefined } }
  }

  async function activate(turn: Turn, step: At<'enroll_app'> | At<'enroll_passkey'>, proof: Given): Promise<Next> {
    const { sessionId, isRecovery, factorId } = step
    const { recovery_codes: codes, recovery_set: set } = await operations.activate(await actor(turn, sessionId), {
      id: factorId,
      ...proof,
    })
    if (!codes) return enrolled(turn, step)
    return { step: { at: 'codes', sessionId, isRecovery, factorId, codes, ...(set && { setId: set.id }) } }
  }

  const moves = {
    enroll(turn) {
      const { sessionId, isRecovery } = at(turn, 'enroll_app', 'enroll_passkey')
      return { step: { at: 'enroll', sessionId, isRecovery } }
    },
    async set_up(turn) {
      const { sessionId, isRecovery } = at(turn, 'enroll')
      const { userId: id, ...ctx } = await actor(turn, sessionId)
      const setup = { sessionId, isRecovery }
      const type = turn.form.get('type') === 'webauthn' ? 'webauthn' : 'totp'
      const { factor, enrollment } = await operations.enroll(ctx, { id, type })
      if (enrollment.type === 'webauthn') {
        return { step: { at: 'enroll_passkey', ...setup, factorId: factor.id, options: enrollment.options } }
      }
      if (enrollment.type !== 'totp') throw new Fault('invalid_request')
      const { secret_groups: key, uri } = enrollment
      return { step: { at: 'enroll_app', ...setup, factorId: factor.id, key, uri } }
    },
    async confirm(turn) {
      const code = turn.form.get('code')
      if (code === undefined) throw new Fault('mfa_code_invalid')
      return activate(turn, at(turn, 'enroll_app'), { code: code.slice(0, 256) })
    },
    async saved(turn) {
      const { codes, setId, ...step } = at(turn, 'codes')
      const typed = turn.form.get('typed')
      const code = typed === undefined ? codes[0] : codes.find((each) => isSameCode(each, typed))
      // A set that waits is proven by one of its codes, which its owner has chosen.
      const isSaved = typed !== undefined || (turn.form.get('saved') === '1' && !setId)
      if (!isSaved || code === undefined) throw new Fault('invalid_request', { recorded: true })
      if (setId) await operations.activate(await actor(turn, step.sessionId), { id: setId, code })
      return enrolled(turn, step)
    },
  } satisfies Moves

  return { moves, activate }
}

/** As it was typed, whatever the hyphens and the case. */
function isSameCode(code: string, typed: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[\s-]/g, '')
  return plain(code) === plain(typed)
}
