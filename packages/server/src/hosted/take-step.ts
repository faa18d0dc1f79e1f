import { Email, Password } from '@gatehouse/contract/fields'
import type { Output } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { Challenge } from '@gatehouse/contract/resources'
import type { login as Login } from '@gatehouse/contract/sign-in-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { activateFactor } from '../factors/activate-factor.ts'
import type { AskTools } from '../factors/ask-question.ts'
import { enrollFactor } from '../factors/enroll-factor.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import type { CaptchaGuard } from '../guard/captcha/captcha-guard.ts'
import { isTwoFactor } from '../kernel/assurance.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId, SessionId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/parse-input.ts'
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
import { openEnrolled } from '../sign-in/open-enrolled.ts'
import { sendChallenge } from '../sign-in/send-challenge.ts'
import type { PasskeyTools } from '../sign-in/start-passkey.ts'
import { verifyChallenge } from '../sign-in/verify-challenge.ts'
import { verifyPasskey } from '../sign-in/verify-passkey.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { Flow, Step } from './flow.ts'

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

/** What somebody has sent from a page, and who they are as far as the browser tells. */
export interface Turn {
  readonly ctx: Context
  readonly flow: Flow
  readonly form: ReadonlyMap<string, string>
  readonly endUser: { readonly ip?: string; readonly user_agent?: string; readonly device_token?: string }
}

/** Where it leads: to another page, or back to the application. */
export type Next =
  | { readonly step: Step }
  | { readonly done: { readonly sessionId: SessionId; readonly deviceToken: string | undefined } }

type Move = (turn: Turn) => Next | Promise<Next>
type At<Name extends Step['at']> = Extract<Step, { at: Name }>

/**
 * Everything that a form of the hosted sign-in can ask for, by its name. Each move is an operation of the API, called for the client
 * that the browser came from: what counts, judges, refuses and records there does so here.
 */
export function movesOf(tools: StepTools) {
  const { sessions } = tools
  const operations = {
    login: login(tools),
    verify: verifyChallenge(tools),
    verifyPasskey: verifyPasskey(tools),
    read: getChallenge(tools),
    send: sendChallenge(tools),
    enroll: enrollFactor(tools),
    activate: activateFactor(tools),
    forgot: forgotPassword(tools),
    register: requestRegistration(tools),
    recover: requestRecovery(tools),
    askAgain: askAgain(tools),
    openEnrolled: openEnrolled(tools),
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

  async function verify(turn: Turn, proof: { code?: string; response?: Record<string, unknown> }): Promise<Next> {
    const { ctx, form, endUser } = turn
    const { challengeId: id, factorId: factor_id, email } = at(turn, 'code')
    const { risk } = await tools.rules.of(ctx)
    const remember_device = risk.remembered_hours === 0 || form.get('remember') === '1'
    const answer = await operations.verify(ctx, { id, factor_id, ...proof, remember_device, end_user: endUser })
    if (answer.status !== 'authenticated') throw new Fault('challenge_expired')
    return goOn(turn, answer, email)
  }

  /** Who sets up a factor, in the session that lets them. */
  async function actor({ ctx }: Turn, sessionId: SessionId): Promise<Context & { readonly userId: `usr_${string}` }> {
    const session = await findClientsSession(ctx, sessions, sessionId)
    if (!session) throw new Fault('challenge_expired')
    return { ...ctx, actor: { kind: 'user', client: callingClient(ctx), session }, userId: session.user_id }
  }

  async function enrolled({ ctx }: Turn, setup: { sessionId: SessionId; factorId: FactorId }): Promise<Next> {
    const { session_id: sessionId } = await operations.openEnrolled(ctx, setup)
    return { done: { sessionId, deviceToken: undefined } }
  }

  async function activate(
    turn: Turn,
    step: At<'enroll_app'> | At<'enroll_passkey'>,
    proof: { code?: string; response?: Record<string, unknown> },
  ): Promise<Next> {
    const { sessionId, isRecovery, factorId } = step
    const { recovery_codes: codes, recovery_set: set } = await operations.activate(await actor(turn, sessionId), {
      id: factorId,
      ...proof,
    })
    if (!codes) return enrolled(turn, step)
    return { step: { at: 'codes', sessionId, isRecovery, factorId, codes, ...(set && { setId: set.id }) } }
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
      if (step.at === 'enroll_passkey') return activate(turn, step, { response })
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
  } satisfies Readonly<Record<string, Move>>

  const byName = new Map<string, Move>(Object.entries(moves))
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

/** The step that a move is for. Who sends a form of another page has an old one. */
function at<Name extends Step['at']>({ flow }: Turn, ...names: readonly Name[]): At<Name> {
  if (!(names as readonly string[]).includes(flow.step.at)) throw new Fault('invalid_request', { recorded: true })
  return flow.step as At<Name>
}

function isFactorId(text: string | undefined): text is FactorId {
  return text !== undefined && /^fac_[0-9a-z]{26}$/.test(text)
}

/** As it was typed, whatever the hyphens and the case. */
function isSameCode(code: string, typed: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[\s-]/g, '')
  return plain(code) === plain(typed)
}

function readResponse(form: ReadonlyMap<string, string>): Record<string, unknown> {
  try {
    const response: unknown = JSON.parse(form.get('response') ?? '')
    if (typeof response === 'object' && response !== null && !Array.isArray(response)) return { ...response }
  } catch {}
  throw new Fault('invalid_request')
}
