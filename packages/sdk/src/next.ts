import type { Gatehouse } from './client.ts'
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
import { askedOf, responseOf } from './guard/web-request.ts'

export type { ActionOf, Auth, GuardOptions, MaxAge }

/** A route handler; `context` is what Next.js gives it, its parameters among them. */
export type RouteHandler<Context> = (request: Request, context: Context) => Response | Promise<Response>
/** A route handler that knows who asks. */
export type GuardedHandler<Context> = (request: Request, auth: Auth, context: Context) => Response | Promise<Response>

export interface NextOptions extends GuardOptions {
  /** The address of the person, which limits count by: a request of the web does not tell it. */
  readonly ip?: ((request: Request) => string | undefined) | undefined
}

export interface NextGatehouse extends Gatehouse {
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
  const { gatehouse, judge } = createGuard(options)
  const guard =
    <Context>(demand: (request: Request) => Demand, handler: GuardedHandler<Context>): RouteHandler<Context> =>
    async (request, context) => {
      const outcome = await judge(askedOf(request, options.ip?.(request)), demand(request))
      if (!outcome.allowed) return responseOf(outcome)
      const answer = await handler(request, outcome.auth, context)
      const headers = new Headers(answer.headers)
      for (const [name, value] of Object.entries(outcome.headers)) headers.set(name, value)
      return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
    }
  return {
    ...gatehouse,
    requireAuth: (handler) => guard(() => ({}), handler),
    requireMfa(options, handler) {
      const wanted = mfaDemand(options)
      return guard(() => wanted, handler)
    },
    requireApproval: (action, handler) => guard((request) => approvalDemand(action, request.clone()), handler),
  }
}
