import type { Gatehouse } from './client.ts'
import type { Asked } from './guard/asked.ts'
import type { SessionOptions, Taken } from './guard/browser-session.ts'
import {
  type ActionOf,
  type Auth,
  approvalDemand,
  createGuard,
  type Demand,
  type GuardOptions,
  type MaxAge,
  mfaDemand,
} from './guard/guard.ts'
import { askedOf, responseOf, withHeaders } from './guard/web-request.ts'

export type { ActionOf, Auth, GuardOptions, MaxAge, SessionOptions }

/** A route handler; `context` is what Next.js gives it, its parameters among them. */
export type RouteHandler<Context> = (request: Request, context: Context) => Response | Promise<Response>
/** A route handler that knows who asks. */
export type GuardedHandler<Context> = (request: Request, auth: Auth, context: Context) => Response | Promise<Response>

export interface NextOptions extends GuardOptions {
  /** The address of the person, which limits count by: a request of the web does not tell it. */
  readonly ip?: ((request: Request) => string | undefined) | undefined
}

/** What a proxy of Next.js demands, by path: `/payouts` is that page, `/payouts/:path*` it and all below. */
export interface PathRules {
  /** What everybody may see. Everything else is for who is signed in. */
  readonly public?: readonly string[] | undefined
  readonly mfa?: readonly string[] | undefined
  readonly maxAge?: MaxAge | undefined
}

export interface NextGatehouse extends Gatehouse {
  /**
   * Lets browsers sign in on the pages of Gatehouse: answers `/auth/login`, `/auth/callback` and `/auth/logout`, and keeps the session
   * in a sealed cookie. Guards after it send browsers to sign in and to prove a second factor, and back.
   */
  session(options?: SessionOptions): {
    /** For `app/auth/[action]/route.js`. */
    readonly GET: (request: Request) => Promise<Response>
    readonly POST: (request: Request) => Promise<Response>
  }
  /**
   * For `proxy.js` (`middleware.js` before Next.js 16): sends browsers to sign in. It is there for convenience: what must not be reached
   * has its guard at the route itself.
   */
  middleware(rules?: PathRules): (request: Request) => Promise<Response | undefined>
  /** Calls the handler for who has a good access token. */
  requireAuth<Context>(handler: GuardedHandler<Context>): RouteHandler<Context>
  /** Calls the handler for who has proven a second factor, within `maxAge` where that is given. */
  requireMfa<Context>(
    options: { readonly maxAge?: MaxAge | undefined },
    handler: GuardedHandler<Context>,
  ): RouteHandler<Context>
  /**
   * Calls the handler for who has approved this very action, by the grant in `X-Approval-Grant`. The server spends it with
   * the request: it opens one, and no other. The action is made of a copy of the request, whose body may be read.
   */
  requireApproval<Context>(action: ActionOf<Request>, handler: GuardedHandler<Context>): RouteHandler<Context>
}

/**
 * The SDK with guards for the route handlers of Next.js. A guard stands at the route itself, where no way leads around it.
 *
 * @throws TypeError, naming the option that is missing
 */
export function createGatehouse(options: NextOptions = {}): NextGatehouse {
  const { gatehouse, judge, keepSessions } = createGuard(options)
  let take: ((asked: Asked) => Promise<Taken>) | undefined

  /** Judged with what the browser keeps; what it is to keep from now on goes with the answer. */
  async function judgeRequest(request: Request, demand: Demand) {
    const asked = askedOf(request, options.ip?.(request))
    const { session, cookies = [] } = (await take?.(asked)) ?? {}
    return { outcome: await judge({ ...asked, session }, demand), cookies }
  }
  const guard =
    <Context>(demand: (request: Request) => Demand, handler: GuardedHandler<Context>): RouteHandler<Context> =>
    async (request, context) => {
      const { outcome, cookies } = await judgeRequest(request, demand(request))
      if (!outcome.allowed) return responseOf(outcome, cookies)
      return withHeaders(await handler(request, outcome.auth, context), outcome.headers, cookies)
    }
  return {
    ...gatehouse,
    session(more) {
      const answer = keepSessions(more)
      take = answer
      const handle = async (request: Request) => {
        const taken = await answer(askedOf(request, options.ip?.(request)))
        return taken.answer ? responseOf(taken.answer, taken.cookies) : new Response(null, { status: 404 })
      }
      return { GET: handle, POST: handle }
    },
    middleware({ public: open = [], mfa = [], maxAge } = {}) {
      const sensitive = mfaDemand({ maxAge })
      return async (request) => {
        const { pathname } = new URL(request.url)
        if (['/auth/:path*', ...open].some((path) => covers(path, pathname))) return undefined
        const { outcome, cookies } = await judgeRequest(
          request,
          mfa.some((path) => covers(path, pathname)) ? sensitive : {},
        )
        if (!outcome.allowed) return responseOf(outcome, cookies)
        // What `NextResponse.next()` says.
        return cookies.length > 0 ? withHeaders(new Response(null), { 'x-middleware-next': '1' }, cookies) : undefined
      }
    },
    requireAuth: (handler) => guard(() => ({}), handler),
    requireMfa(options, handler) {
      const wanted = mfaDemand(options)
      return guard(() => wanted, handler)
    },
    requireApproval: (action, handler) => guard((request) => approvalDemand(action, request.clone()), handler),
  }
}

function covers(path: string, pathname: string): boolean {
  const [head = ''] = path.split('/:path*')
  return pathname === path || (head !== path && (pathname === head || pathname.startsWith(`${head}/`)))
}
