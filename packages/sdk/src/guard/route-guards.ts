import type { SessionOptions } from './browser-session.ts'
import { type ActionOf, approvalDemand, type Demand, type MaxAge, mfaDemand } from './guard.ts'

/** What a route demands, as middlewares of a framework. */
export interface RouteGuards<Request, Middleware, Everywhere = Middleware> {
  /**
   * Lets browsers sign in on the pages of Gatehouse: answers `/auth/login`, `/auth/callback` and `/auth/logout`, and keeps the session
   * in a sealed cookie. Guards after it send browsers to sign in and to prove a second factor, and back.
   */
  session(options?: SessionOptions): Everywhere
  /** Lets in who has a good access token, and says who: `request.auth`, with Hono `context.get('auth')`. */
  requireAuth(): Middleware
  /** Lets in who has proven a second factor, within `maxAge` where that is given. */
  requireMfa(options?: { readonly maxAge?: MaxAge | undefined }): Middleware
  /**
   * Lets in who has approved this very action, by the grant in `X-Approval-Grant`. The server spends it with the request:
   * it opens one, and no other.
   */
  requireApproval<Given = Request>(action: ActionOf<Given>): Middleware
}

/** All but the session, where `demand` makes a middleware. */
export function routeGuards<Request, Middleware>(
  demand: (wanted: (request: Request) => Demand) => Middleware,
): Omit<RouteGuards<Request, Middleware>, 'session'> {
  return {
    requireAuth: () => demand(() => ({})),
    requireMfa(options) {
      const wanted = mfaDemand(options)
      return demand(() => wanted)
    },
    requireApproval: <Given>(action: ActionOf<Given>) =>
      demand((request) => approvalDemand(action, request as unknown as Given)),
  }
}
