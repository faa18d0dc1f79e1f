import { Email, Password } from '@gatehouse/contract/fields'
import type { Output } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { Challenge } from '@gatehouse/contract/resources'
import type { login as Login } from '@gatehouse/contract/sign-in-operations'
import { type Context, commit } from '../context.ts'
import type { AskTools } from '../factors/ask-question.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import type { CaptchaGuard } from '../guard/captcha/captcha-guard.ts'
import { isTwoFactor } from '../kernel/assurance.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId, SessionId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/parse-input.ts'
import { parseJson } from '../kernel/parse-json.ts'
import type { SteadyClock } from '../kernel/steady-clock.ts'
import { forgotPassword } from '../password-reset/forgot-password.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { requestRecovery } from '../recovery/request-recovery.ts'
import { requestRegistration } from '../registration/request-registration.ts'
import { findClientsSession, type Sessions } from '../sessions/sessions.ts'
import { askAgain } from '../sign-in/ask-again.ts'
import { getChallenge } from '../sign-in/get-challenge.ts'
import { login } from '../sign-in/login.ts'
import { sendChallenge } from '../sign-in/send-challenge.ts'
import type { PasskeyTools } from '../sign-in/start-passkey.ts'
import { verifyChallenge } from '../sign-in/verify-challenge.ts'
import { verifyPasskey } from '../sign-in/verify-passkey.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { enrollMoves } from './enroll-moves.ts'
import type { Step } from './flow.ts'
import { type At, at, type Given, type Moves, type Next, type Turn } from './turn.ts'

export interface StepTools extends FactorReader, AskTools, PasskeyTools {
  readonly issuer: string
  readonly publicUrl: string
  readonly policy: Policy
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly captcha: CaptchaGuard
  readonly rules: Rules
  readonly steadyClock: SteadyClock
}

/**
 * Everything that a form of the hosted sign-in can ask for, by its name. Each move is an operation of the API, called for the client
 * that the browser came from: what counts, judges, refuses and records there does so here.
 */
export function movesOf(tools: StepTools) {
  const { sessions } = tools
  const enrolling = enrollMoves(tools)
  const operations = {
    login: login(tools),
    verify: verifyChallenge(tools),
    verifyPasskey: verifyPasskey(tools),
    read: getChallenge(tools),
    send: sendChallenge(tools),
    forgot: forgotPassword(tools),
    register: requestRegistration(tools),
    recover: requestRecovery(tools),
    askAgain: askAgain(tools),
  }

  /** What a password, a code or a passkey has opened. */
  async function goOn(turn: Turn, answer: Output<typeof Login>, email: string): Promise<Next> {
    const { ctx, flow } = turn
    const about = { email, isStepUp: false }
    if (answer.status === 'mfa_required') return { step: await offerFirst(turn, answer.challenge, about) }
    if (answer.status === 'mfa_enrollment_required') {
      return { step: { at: 'enroll', sessionId: answer.session_id, isRecovery: false } }
    }
    const session = await findClientsSession(ctx, sessions, answer.session_id)
    if (!session) throw new Fault('challenge_expired')
    if (session.acr === 'recovery') return { step: { at: 'enroll', sessionId: session.id, isRecovery: true } }
    if (!flow.request.needsMfa || isTwoFactor(session.acr)) {
      return { done: { sessionId: session.id, deviceToken: answer.device_token } }
    }
    const challenge = await operations.askAgain(ctx, session.id)
    if (!challenge) return { step: { at: 'enroll', sessionId: session.id, isRecovery: false } }
    // It was opened without the factor that the application asks for: nobody is to have it.
    await commit(ctx, sessions.end(ctx, session, 'replaced'))
    sessions.forget(session.id)
    return { step: await offerFirst(turn, challenge, about) }
  }

  /** The factor to begin with: the strongest one, and a way back in never by itself. */
  async function offerFirst(
    turn: Pick<Turn, 'ctx' | 'endUser'>,
    challenge: Challenge,
    about: { readonly email: string; readonly isStepUp: boolean },
  ): Promise<Step> {
    const first = challenge.factors.find(({ type }) => type !== 'recovery_codes' && type !== 'access_pass')
    const ways = { at: 'ways', challengeId: challenge.id, ...about } as const
    if (!first) return ways
    try {
      return await ask(turn, { at: 'code', challengeId: challenge.id, ...about, factorId: first.id }, first.type)
    } catch (error) {
      // Nothing could be sent: there may be other ways.
      if (error instanceof Fault && error.code !== 'internal_error') return ways
      throw error
    }
  }

  /** Sends the code of a factor, where there is something to send. */
  async function ask({ ctx, endUser }: Pick<Turn, 'ctx' | 'endUser'>, step: At<'code'>, type: string): Promise<Step> {
    if (type !== 'sms' && type !== 'email' && type !== 'push') return step
    const asked = { id: step.challengeId, factor_id: step.factorId, end_user: endUser }
    const { sent_to: sentTo, resend_after: resendAfter, number } = await operations.send(ctx, asked)
    return {
      ...step,
      ...(sentTo !== undefined && { sentTo }),
      ...(resendAfter !== undefined && { resendAt: Date.parse(resendAfter) }),
      ...(number !== undefined && { number }),
    }
  }

  async function typeOf({ ctx }: Turn, id: Challenge['id'], factorId: FactorId): Promise<string> {
    const { factors } = await operations.read(ctx, { id })
    const factor = factors.find((each) => each.id === factorId)
    if (!factor) throw new Fault('challenge_expired')
    return factor.type
  }

  async function verify(turn: Turn, proof: Given): Promise<Next> {
    const { ctx, form, endUser } = turn
    const { challengeId: id, factorId: factor_id, email } = at(turn, 'code')
    const { risk } = await tools.rules.of(ctx)
    const remember_device = risk.remembered_hours === 0 || form.get('remember') === '1'
    const answer = await operations.verify(ctx, { id, factor_id, ...proof, remember_device, end_user: endUser })
    if (answer.status !== 'authenticated') throw new Fault('challenge_expired')
    return goOn(turn, answer, email)
  }

  const moves = {
    email: ({ form }) => ({ step: { at: 'password', email: parseInput(Email, form.get('email')?.trim() ?? '') } }),
    restart: ({ flow }) => ({ step: { at: 'email', ...('email' in flow.step && { email: flow.step.email }) } }),
    async password(turn) {
      const { email } = at(turn, 'password')
      const { ctx, form, endUser } = turn
      const password = parseInput(Password, form.get('password') ?? '')
      const captcha_token = form.get('captcha_token')
      return goOn(turn, await operations.login(ctx, { email, password, captcha_token, end_user: endUser }), email)
    },
    forgot: (turn) => ({ step: { at: 'forgot', email: at(turn, 'password').email, isSent: false } }),
    async mail(turn) {
      const { email } = at(turn, 'forgot')
      await operations.forgot(turn.ctx, { email, end_user: turn.endUser })
      return { step: { at: 'forgot', email, isSent: true } }
    },
    register({ flow: { step, request } }) {
      return { step: { at: 'register', email: ('email' in step ? step.email : request.email) ?? '', isSent: false } }
    },
    async sign_up(turn) {
      at(turn, 'register')
      const email = parseInput(Email, turn.form.get('email')?.trim() ?? '')
      await operations.register(turn.ctx, { email, end_user: turn.endUser })
      return { step: { at: 'register', email, isSent: true } }
    },
    async passkey(turn) {
      const response = readResponse(turn.form)
      const { step } = turn.flow
      if (step.at === 'code') return verify(turn, { response })
      if (step.at === 'enroll_passkey') return enrolling.activate(turn, step, { response })
      at(turn, 'email')
      return goOn(turn, await operations.verifyPasskey(turn.ctx, { response, end_user: turn.endUser }), '')
    },
    async code(turn) {
      const { number } = at(turn, 'code')
      const code = turn.form.get('code')
      if (code === undefined && number === undefined) throw new Fault('mfa_code_invalid')
      return verify(turn, code === undefined ? {} : { code: code.slice(0, 256) })
    },
    async send(turn) {
      const step = at(turn, 'code')
      return { step: await ask(turn, step, await typeOf(turn, step.challengeId, step.factorId)) }
    },
    ways(turn) {
      const { challengeId, isStepUp, email, ...step } = at(turn, 'code', 'lost')
      return {
        step: { at: 'ways', challengeId, isStepUp, email, ...(step.at === 'code' && { lastId: step.factorId }) },
      }
    },
    async choose(turn) {
      const { challengeId, isStepUp, email } = at(turn, 'ways')
      const factorId = turn.form.get('factor')
      if (factorId === 'none') return { step: { at: 'lost', challengeId, isStepUp, email } }
      if (!isFactorId(factorId)) throw new Fault('invalid_request')
      const type = await typeOf(turn, challengeId, factorId)
      return { step: await ask(turn, { at: 'code', challengeId, isStepUp, email, factorId }, type) }
    },
    async recover(turn) {
      const step = at(turn, 'lost')
      const { ready_at: readyAt } = await operations.recover(turn.ctx, { id: step.challengeId, end_user: turn.endUser })
      return { step: { ...step, readyAt } }
    },
    ...enrolling.moves,
  } satisfies Moves

  const byName = new Map(Object.entries<Moves[string]>(moves))
  return {
    /** @throws Fault as the operations do */
    async take(name: string, turn: Turn): Promise<Next> {
      const move = byName.get(name)
      if (!move) throw new Fault('invalid_request')
      return move(turn)
    },

    /** Whether something is judged or sent by it. */
    isCounted: (name: string) => !free.includes(name),

    /** Who is signed in and is to show a factor is asked for that; everybody else begins at the beginning. */
    async begin(ctx: Context, wanted: AuthorizationRequest, sessionId: SessionId | undefined): Promise<Step> {
      const first: Step = { at: 'email', ...(wanted.email !== undefined && { email: wanted.email }) }
      const challenge = wanted.isStepUp && sessionId ? await operations.askAgain(ctx, sessionId) : undefined
      return challenge ? offerFirst({ ctx, endUser: {} }, challenge, { email: '', isStepUp: true }) : first
    },
  }
}

/** Moves that only turn a page. */
const free = ['email', 'restart', 'forgot', 'register', 'ways', 'enroll']

function isFactorId(text: string | undefined): text is FactorId {
  return text !== undefined && /^fac_[0-9a-z]{26}$/.test(text)
}

function readResponse(form: ReadonlyMap<string, string>): Record<string, unknown> {
  try {
    const response: unknown = parseJson(Buffer.from(form.get('response') ?? ''), { depth: 16, names: 200 })
    if (typeof response === 'object' && response !== null && !Array.isArray(response)) return { ...response }
  } catch {}
  throw new Fault('invalid_request')
}
