import type { Gatehouse } from './client.ts'
import { gatehouseError } from './gatehouse-error.ts'
import type { Asked } from './guard/asked.ts'
import { renewPath, type SessionOptions } from './guard/browser-session.ts'
import {
  type ActionOf,
  type Auth,
  approvalDemand,
  createGuard,
  type Demand,
  type Guard,
  type GuardOptions,
  type MaxAge,
  mfaDemand,
  type Refusal,
  sendTo,
} from './guard/guard.ts'
import { askedByPage, askedOf, isAction, isFetchedAhead, takeCookies, targetHeader } from './guard/next-request.ts'
import { type Answer, problemAnswer } from './guard/refuse-request.ts'
import { responseOf, withHeaders } from './guard/web-request.ts'

export type { ActionOf, Auth, GuardOptions, MaxAge, SessionOptions }

/** A route handler; `context` is what Next.js gives it, its parameters among them. */
export type RouteHandler<Context> = (request: Request, context: Context) => Response | Promise<Response>
/** A route handler that knows who asks. */
export type GuardedHandler<Context> = (request: Request, auth: Auth, context: Context) => Response | Promise<Response>

export interface NextOptions extends GuardOptions {
  /** The address of the person, which limits count by: Next.js does not tell it. */
  readonly ip?: ((headers: Headers) => string | undefined) | undefined
  /** How browsers are kept signed in that come by the pages of Gatehouse. `false`: they are not. */
  readonly session?: SessionOptions | false | undefined
}

/** What a proxy of Next.js demands, by path: `/payouts` is that page, `/payouts/:path*` it and all below. */
export interface PathRules {
  /** What everybody may see. Everything else is for who is signed in. */
  readonly public?: readonly string[] | undefined
  readonly mfa?: readonly string[] | undefined
  readonly maxAge?: MaxAge | undefined
}

/** In a page or a server action. */
export interface PageOptions {
  /** Where people come back to from the sign-in. Without it: where they are, as far as that is known (`middleware` tells it), or `/`. */
  readonly returnTo?: string | undefined
}

export interface MfaOptions {
  readonly maxAge?: MaxAge | undefined
}

export interface NextGatehouse extends Gatehouse {
  /** For `app/auth/[action]/route.js`: lets browsers sign in on the pages of Gatehouse and out again. */
  session(): {
    readonly GET: (request: Request) => Promise<Response>
    readonly POST: (request: Request) => Promise<Response>
  }
  /**
   * For `proxy.js` (`middleware.js` before Next.js 16): sends browsers to sign in, and keeps those signed in whose access token has had
   * its time. What must not be reached has its guard at the page, the route or the action itself all the same.
   */
  middleware(rules?: PathRules): (request: Request) => Promise<Response | undefined>
  /** Whoever is signed in here, for pages that are for everybody. */
  findAuth(options?: PageOptions): Promise<Auth | undefined>
  /** In a page or a server action: who is signed in. Everybody else is sent to sign in, and the code after it does not run. */
  requireAuth(options?: PageOptions): Promise<Auth>
  /** A route handler for who has a good access token. */
  requireAuth<Context>(handler: GuardedHandler<Context>): RouteHandler<Context>
  /**
   * In a page or a server action: who has proven a second factor, within `maxAge` where that is given. Everybody else is sent to prove
   * it, and the code after it does not run.
   */
  requireMfa(options?: MfaOptions & PageOptions): Promise<Auth>
  /** A route handler for who has proven a second factor, within `maxAge` where that is given. */
  requireMfa<Context>(options: MfaOptions, handler: GuardedHandler<Context>): RouteHandler<Context>
  /**
   * A route handler for who has approved this very action, by the grant in `X-Approval-Grant`. The server spends it with the request: it
   * opens one, and no other. The action is made of a copy of the request, whose body may be read.
   */
  requireApproval<Context>(action: ActionOf<Request>, handler: GuardedHandler<Context>): RouteHandler<Context>
}

/**
 * The SDK with guards for Next.js. A guard stands at the page, the route or the action itself, where no way leads around it.
 *
 * @throws TypeError, naming the option that is missing
 */
export function createGatehouse(options: NextOptions = {}): NextGatehouse {
  const { gatehouse, judge, keepSessions } = createGuardAtLast(options)
  const browsers = options.session === false ? undefined : keepSessions(options.session)
  const asked = (request: Request) => askedOf(request, options.ip?.(request.headers))

  function guardRoute<Context>(
    demand: (request: Request) => Demand,
    handler: GuardedHandler<Context>,
  ): RouteHandler<Context> {
    return async (request, context) => {
      // What the browser is to keep from now on goes with the answer.
      const { session, cookies = [] } = (await browsers?.take(asked(request))) ?? {}
      const outcome = await judge({ ...asked(request), session }, demand(request))
      if (!outcome.allowed) return responseOf(outcome, cookies)
      return withHeaders(await handler(request, outcome.auth, context), outcome.headers, cookies)
    }
  }

  /** What a page or an action serves, and whose it is. A page cannot set cookies: an old session is renewed on the way. */
  async function askedHere({ returnTo }: PageOptions = {}): Promise<Asked> {
    const { headers } = await import('next/headers')
    const sent = await headers()
    const page = askedByPage(sent, options.ip?.(sent), returnTo)
    const session = await browsers?.look(page)
    return session === 'over' ? leavePage(sendTo(page, renewPath)) : { ...page, session }
  }

  async function guardPage(demand: Demand, options?: PageOptions): Promise<Auth> {
    const outcome = await judge(await askedHere(options), demand)
    return outcome.allowed ? outcome.auth : leavePage(outcome)
  }

  /** What stands here with a handler is for a route, and without one for the page that it is called in. */
  function requireAuth<Context>(handler: GuardedHandler<Context>): RouteHandler<Context>
  function requireAuth(options?: PageOptions): Promise<Auth>
  function requireAuth<Context>(wanted?: GuardedHandler<Context> | PageOptions) {
    return typeof wanted === 'function' ? guardRoute(() => ({}), wanted) : guardPage({}, wanted)
  }

  function requireMfa<Context>(options: MfaOptions, handler: GuardedHandler<Context>): RouteHandler<Context>
  function requireMfa(options?: MfaOptions & PageOptions): Promise<Auth>
  function requireMfa<Context>(options: MfaOptions & PageOptions = {}, handler?: GuardedHandler<Context>) {
    const wanted = mfaDemand(options)
    return handler ? guardRoute(() => wanted, handler) : guardPage(wanted, options)
  }

  return {
    ...gatehouse,
    session() {
      const handle = async (request: Request) => {
        // A link to sign out is fetched before anybody follows it.
        if (isFetchedAhead(request.headers)) return new Response(null, { status: 204 })
        const taken = await browsers?.take(asked(request))
        return taken?.answer ? responseOf(taken.answer, taken.cookies) : new Response(null, { status: 404 })
      }
      return { GET: handle, POST: handle }
    },
    middleware({ public: open = [], mfa = [], maxAge } = {}) {
      const sensitive = mfaDemand({ maxAge })
      return async (request) => {
        const { headers } = request
        const { pathname } = new URL(request.url)
        const isUnder = (paths: readonly string[]) => paths.some((path) => covers(path, pathname))
        if (isUnder(unguarded)) return undefined
        const { session, cookies = [] } = (await browsers?.take(asked(request))) ?? {}
        if (isUnder(open)) return goOn(asked(request), headers, { cookies })
        const page = isAction(headers) ? askedByPage(headers, options.ip?.(headers), undefined) : asked(request)
        const outcome = await judge({ ...page, session }, isUnder(mfa) ? sensitive : {})
        if (!outcome.allowed) {
          const site = browsers?.originOf(page) || page.origin
          return responseOf(isAction(headers) ? toAction(outcome) : toProxy(outcome, site), cookies)
        }
        return goOn(asked(request), headers, { cookies, proof: outcome.headers })
      }
    },
    async findAuth(options) {
      const page = await askedHere(options)
      const outcome = await judge(
        { ...page, header: (name) => (name === 'accept' ? undefined : page.header(name)) },
        {},
      )
      if (outcome.allowed) return outcome.auth
      return outcome.status === 401 ? undefined : leavePage(outcome)
    },
    requireAuth,
    requireMfa,
    requireApproval: (action, handler) => guardRoute((request) => approvalDemand(action, request.clone()), handler),
  }
}

/** `next build` runs what stands in modules, on machines that may know no settings: nobody is asked there. */
function createGuardAtLast(options: NextOptions): Guard {
  try {
    return createGuard(options)
  } catch (error) {
    if (globalThis.process?.env['NEXT_PHASE'] !== 'phase-production-build') throw error
    return createGuard({ ...options, url: 'http://gatehouse.invalid', clientId: 'build', secret: 'build' })
  }
}

interface Changes {
  readonly cookies: readonly string[]
  /** What speaks from now on for a code that is spent. */
  readonly proof?: Readonly<Record<string, string>>
}

/** Lets a request go on with what has changed since it was sent, and with its own address, which a page cannot see. */
async function goOn({ target }: Asked, sent: Headers, { cookies, proof = {} }: Changes): Promise<Response> {
  const { NextResponse } = await import('next/server')
  const headers = new Headers(sent)
  headers.set(targetHeader, target)
  if (cookies.length > 0) headers.set('cookie', takeCookies(sent.get('cookie') ?? '', cookies))
  if (Object.keys(proof).length > 0) headers.delete('x-mfa-token')
  for (const [name, value] of Object.entries(proof)) headers.set(name, value)
  return withHeaders(NextResponse.next({ request: { headers } }), proof, cookies)
}

/** Ends a page or an action: with another page, or by an error. */
async function leavePage(refusal: Refusal | undefined): Promise<never> {
  const { redirect } = await import('next/navigation')
  const { status, headers, body } = refusal ?? problemAnswer('authentication_required')
  if (headers['location'] !== undefined) return redirect(headers['location'])
  const { code, title, ...more } = JSON.parse(body)
  throw gatehouseError({ code, message: title, status, requestId: more.request_id })
}

/** Next.js takes whole addresses from a proxy; what it says of its own is that of its socket. */
function toProxy({ status, headers: { location, ...headers }, body }: Refusal, site: string | undefined): Answer {
  return {
    status,
    headers: { ...headers, ...(location !== undefined && { location: new URL(location, site).href }) },
    body,
  }
}

/** A script that calls an action follows no redirect to another host: it is told, and lets its browser go. */
function toAction({ status, headers: { location, ...headers }, body }: Refusal): Answer {
  return { status, headers: { ...headers, ...(location !== undefined && { 'x-action-redirect': location }) }, body }
}

/** The sign-in, and what pages are made of. */
const unguarded = ['/auth/:path*', '/_next/static/:path*', '/_next/image']

function covers(path: string, pathname: string): boolean {
  const [head = ''] = path.split('/:path*')
  return pathname === path || (head !== path && (pathname === head || pathname.startsWith(`${head}/`)))
}
