import type { Gatehouse } from './client.ts'
import type { BrowserSession } from './guard/asked.ts'
import type { SessionOptions } from './guard/browser-session.ts'
import { type ActionOf, type Auth, createGuard, type Demand, type GuardOptions, type MaxAge } from './guard/guard.ts'
import { type RouteGuards, routeGuards } from './guard/route-guards.ts'
import { askedOf, responseOf } from './guard/web-request.ts'

export type { ActionOf, Auth, GuardOptions, MaxAge, SessionOptions }

/** What of a Hono context is used. */
export interface HonoContext {
  readonly req: { readonly raw: Request }
  set(key: 'auth', value: Auth): void
  header(name: string, value: string, options?: { append: boolean }): void
}

export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>

export interface HonoOptions extends GuardOptions {
  /** The address of the person, which limits count by: a request of the web does not tell it. */
  readonly ip?: ((request: Request) => string | undefined) | undefined
}

export type HonoGatehouse = Gatehouse & RouteGuards<HonoContext, HonoMiddleware>

/**
 * The SDK with middlewares for Hono.
 *
 * @throws TypeError, naming the option that is missing
 */
export function createGatehouse(options: HonoOptions = {}): HonoGatehouse {
  const { gatehouse, judge, keepSessions } = createGuard(options)
  const sessions = new WeakMap<Request, BrowserSession>()
  const demand =
    (wanted: (context: HonoContext) => Demand): HonoMiddleware =>
    async (context, next) => {
      const { raw } = context.req
      const outcome = await judge({ ...askedOf(raw, options.ip?.(raw)), session: sessions.get(raw) }, wanted(context))
      if (!outcome.allowed) return responseOf(outcome)
      context.set('auth', outcome.auth)
      for (const [name, value] of Object.entries(outcome.headers)) context.header(name, value)
      await next()
      return undefined
    }
  return {
    ...gatehouse,
    session(more) {
      const { take } = keepSessions(more)
      return async (context, next) => {
        const { raw } = context.req
        const { answer, session, cookies } = await take(askedOf(raw, options.ip?.(raw)))
        if (answer) return responseOf(answer, cookies)
        if (session) sessions.set(raw, session)
        for (const cookie of cookies) context.header('set-cookie', cookie, { append: true })
        await next()
        return undefined
      }
    },
    ...routeGuards(demand),
  }
}
