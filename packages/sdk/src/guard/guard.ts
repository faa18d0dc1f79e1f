import type { Action } from '@gatehouse/contract/action'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { Claims } from '@gatehouse/contract/resources'
import { createGatehouse, type Gatehouse, type GatehouseOptions, isGatehouseError } from '../client.ts'
import type { Verifier } from '../verify.ts'
import type { Asked } from './asked.ts'
import { type BrowserSessions, browserSessions, loginPath, type SessionOptions } from './browser-session.ts'
import { endUserOf } from './end-user.ts'
import { findToken, readOne } from './find-token.ts'
import { openStepUp } from './open-step-up.ts'
import { type Answer, problemAnswer, redirectAnswer } from './refuse-request.ts'

/** Who is asking, once they have been let in. */
export interface Auth {
  /** `sub`: the id of the user, or their number where the client has `numeric_sub`. */
  readonly userId: string | number
  readonly claims: Claims
  /** The second factor that stands now; undefined where nobody has asked the server about it. */
  readonly mfa: { readonly verifiedAt: Date } | undefined
  /** What this person has approved, and the server has seen spent with this request: do it now. */
  readonly approval: { readonly action: Action; readonly approvedAt: Date } | undefined
}

/** What is about to happen, from your own data: as it stands, or made of the request. */
export type ActionOf<Request> = Action | ((request: Request) => Action | Promise<Action>)

/** A time as a number of seconds, or like `10m`, `30s`, `1h`. */
export type MaxAge = number | `${number}${'s' | 'm' | 'h'}`

/** What must be proven. */
export interface Demand {
  readonly mfa?: { readonly maxAgeSeconds: number | undefined }
  /** Asked for once it is known that somebody is signed in. */
  readonly action?: () => Action | Promise<Action>
}

export type Outcome =
  | { readonly allowed: true; readonly auth: Auth; readonly headers: Readonly<Record<string, string>> }
  | Refusal
export type Refusal = { readonly allowed: false } & Answer

export interface GuardOptions extends GatehouseOptions {
  /** Verifies tokens by itself (`createVerifier`), where no second factor is asked for. Without it the server is asked each time. */
  readonly verifier?: Verifier | undefined
  /** The cookie that holds the access token, for browsers. Without it only `Authorization: Bearer` counts. */
  readonly cookie?: string | undefined
  /** Where a browser is sent that is not signed in; `return_to` is added. Without it the answer is JSON. */
  readonly loginUrl?: string | undefined
  /** Where a browser is sent that has to prove a second factor; `return_to` is added. Without it the answer is JSON. */
  readonly stepUpUrl?: string | undefined
  /** Told why nobody could be judged: the caller gets a 503. Writes to `console.error` unless given. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

/** Judges requests; what frameworks have in common. */
export interface Guard {
  readonly gatehouse: Gatehouse
  judge(asked: Asked, demand: Demand): Promise<Outcome>
  /** From now on browsers sign in at `/auth/login`: what becomes of each request before a guard sees it. */
  keepSessions(options: SessionOptions | undefined): BrowserSessions
}

/** Refusals that are about the person who asks, and are handed on to them. All else is between us and the server. */
const personal: ReadonlySet<string> = new Set<ProblemCode>([
  'mfa_required',
  'mfa_stale',
  'mfa_code_invalid',
  'totp_code_reused',
  'grant_invalid',
  'too_many_attempts',
  'rate_limited',
])

/** @throws TypeError, naming the option that is missing */
export function createGuard(options: GuardOptions): Guard {
  const gatehouse = createGatehouse(options)
  // biome-ignore lint/suspicious/noConsole: nobody else would say why all requests are refused.
  const { verifier, cookie, onFailure = (error) => console.error(error) } = options
  let browsers: BrowserSessions | undefined

  async function judge(asked: Asked, demand: Demand): Promise<Outcome> {
    const loginUrl = options.loginUrl ?? (browsers && loginPath)
    const stepUpUrl = options.stepUpUrl ?? (browsers && stepUpAt(demand))
    const found = findToken(asked, cookie)
    if ('refused' in found) return deny(found.refused)
    const { token } = found
    if (token === undefined) return sendTo(asked, loginUrl) ?? deny('authentication_required')
    const code = readOne(asked, 'x-mfa-token')
    const proof = readOne(asked, 'x-session-token')
    // What a browser keeps is shown where it is asked for: it may have had its time.
    const shown = { mfa_code: code, session_token: proof ?? (demand.mfa && asked.session?.sessionToken) }
    const showsNothing = code === undefined && proof === undefined
    const action = await demand.action?.()
    if (verifier && !demand.mfa && !action && showsNothing) {
      const verdict = await verifier.verify(token)
      if (verdict.active) return allow(verdict.claims)
      if (verdict.reason === 'restricted') return deny('recovery_only')
      if (verdict.reason !== 'stale') return sendTo(asked, loginUrl) ?? deny('token_invalid')
    }
    const maxAge = demand.mfa?.maxAgeSeconds
    const endUser = endUserOf(asked)
    try {
      const { active, reason, claims, mfa, approval } = await gatehouse.tokens.validate({
        token,
        ...shown,
        ...(demand.mfa && { require: { mfa: true, max_age_seconds: maxAge } }),
        ...(action && { require: { action }, grant: readOne(asked, 'x-approval-grant') }),
        end_user: endUser,
      })
      // Who has come by a way back in may enrol a factor with Gatehouse, and nothing else anywhere.
      if (reason === 'restricted') return deny('recovery_only')
      if (!active || !claims) return sendTo(asked, loginUrl) ?? deny('token_invalid')
      // Who asks for an approval lets nobody in without one, whatever server answers.
      if (action && !approval) return deny('grant_invalid')
      return allow(claims, mfa, approval)
    } catch (error) {
      if (isGatehouseError(error) && personal.has(error.code)) {
        const code = error.code as ProblemCode
        const isStepUp = code === 'mfa_required' || code === 'mfa_stale' || code === 'grant_invalid'
        const page = isStepUp ? sendTo(asked, stepUpUrl) : undefined
        if (page) return page
        // What only reads is asked for again and again.
        const opens = isStepUp && (action !== undefined || asked.method !== 'GET')
        const challengeId = opens ? await openStepUp(gatehouse, { token, action, endUser }) : undefined
        const { retryAfterSeconds, requestId } = error
        const details = { maxAge, retryAfterSeconds, requestId, challengeId, mfaUrl: isStepUp ? stepUpUrl : undefined }
        return { allowed: false, ...problemAnswer(code, details) }
      }
      if (action && isGatehouseError(error, 'invalid_request')) return deny('invalid_request')
      onFailure(error)
      return deny('sign_in_unavailable')
    }
  }

  return {
    gatehouse,
    judge,
    keepSessions(more) {
      const opened = browserSessions(gatehouse, { ...options, ...more })
      browsers = opened
      return {
        ...opened,
        async take(asked) {
          try {
            return await opened.take(asked)
          } catch (error) {
            onFailure(error)
            return { answer: problemAnswer('sign_in_unavailable'), cookies: [] }
          }
        },
      }
    },
  }
}

/** The sign-in that asks for no more than a second factor, where somebody is signed in. */
function stepUpAt({ mfa }: Demand): string {
  const age = mfa?.maxAgeSeconds === undefined ? '' : `&max_age=${mfa.maxAgeSeconds}`
  return `${loginPath}?acr_values=aal2${age}`
}

function deny(code: ProblemCode): Outcome {
  return { allowed: false, ...problemAnswer(code) }
}

/** Browsers that ask for a page are sent to one, and come back to it; who has sent a form, to where it stood. */
export function sendTo(asked: Asked, url: string | undefined): Refusal | undefined {
  const takesPage = asked.header('accept')?.includes('text/html') === true
  const sendsForm = asked.method !== 'GET' && asked.header('sec-fetch-mode') === 'navigate'
  if (url === undefined || !takesPage || !(asked.method === 'GET' || sendsForm)) return undefined
  return { allowed: false, ...redirectAnswer(url, sendsForm ? pageOfForm(asked) : asked.target) }
}

function pageOfForm(asked: Asked): string {
  const from = asked.header('referer') ?? ''
  if (!URL.canParse(from)) return '/'
  const { host, pathname, search } = new URL(from)
  return host === asked.header('host') ? pathname + search : '/'
}

function allow(
  claims: Claims,
  mfa?: {
    readonly verified: boolean
    readonly verified_at?: string | undefined
    readonly session_token?: string | undefined
  },
  approval?: { readonly action: Action; readonly approved_at: string },
): Outcome {
  const verifiedAt = mfa?.verified && mfa.verified_at !== undefined ? new Date(mfa.verified_at) : undefined
  return {
    allowed: true,
    auth: {
      userId: claims.sub,
      claims,
      mfa: verifiedAt && { verifiedAt },
      approval: approval && { action: approval.action, approvedAt: new Date(approval.approved_at) },
    },
    headers: mfa?.session_token === undefined ? {} : { 'x-session-token': mfa.session_token },
  }
}

const unitSeconds = { s: 1, m: 60, h: 3600 } as const

/** @throws TypeError for what is no time */
function secondsOf(maxAge: MaxAge): number {
  const [, digits, unit = 's'] = /^([1-9][0-9]{0,5})([smh])?$/.exec(String(maxAge)) ?? []
  const seconds = Number(digits) * unitSeconds[unit as 's' | 'm' | 'h']
  if (!(seconds <= 86_400)) throw new TypeError(`maxAge is a time of at most a day like '10m', and not ${maxAge}.`)
  return seconds
}

export function mfaDemand(options: { readonly maxAge?: MaxAge | undefined } = {}): Demand {
  return { mfa: { maxAgeSeconds: options.maxAge === undefined ? undefined : secondsOf(options.maxAge) } }
}

export function approvalDemand<Request>(action: ActionOf<Request>, request: Request): Demand {
  return { action: () => (typeof action === 'function' ? action(request) : action) }
}
