import type { Gatehouse } from './client.ts'
import type { Asked, BrowserSession } from './guard/asked.ts'
import type { SessionOptions } from './guard/browser-session.ts'
import { type ActionOf, type Auth, createGuard, type Demand, type GuardOptions, type MaxAge } from './guard/guard.ts'
import { type RouteGuards, routeGuards } from './guard/route-guards.ts'

export type { ActionOf, Auth, GuardOptions, MaxAge, SessionOptions }

/** What of a Fastify request is looked at. */
export interface HookRequest {
  readonly method: string
  readonly url: string
  readonly originalUrl: string
  readonly ip: string
  readonly protocol: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  auth?: Auth | null | undefined
}

export interface HookReply {
  code(status: number): HookReply
  headers(values: Readonly<Record<string, string>>): HookReply
  header(name: string, value: string): HookReply
  send(body: string): unknown
}

/** A `preHandler` of a route, or of all routes. */
export type FastifyHook = (request: HookRequest, reply: HookReply) => Promise<unknown>

type Plugin<App> = (app: App) => Promise<void>

export interface FastifyGatehouse
  extends Gatehouse,
    RouteGuards<HookRequest, FastifyHook, Plugin<{ addHook(name: 'onRequest', hook: FastifyHook): unknown }>> {
  /** Gives every request its `auth`, which is null until somebody is let in. */
  readonly plugin: (app: { decorateRequest(name: 'auth', value: null): unknown }) => Promise<void>
}

/**
 * The SDK with hooks for Fastify. The address of the person is `request.ip`: set `trustProxy` behind a proxy.
 *
 * @throws TypeError, naming the option that is missing
 */
export function createGatehouse(options: GuardOptions = {}): FastifyGatehouse {
  const { gatehouse, judge, keepSessions } = createGuard(options)
  const sessions = new WeakMap<HookRequest, BrowserSession>()
  const demand =
    (wanted: (request: HookRequest) => Demand): FastifyHook =>
    async (request, reply) => {
      const outcome = await judge({ ...askedOf(request), session: sessions.get(request) }, wanted(request))
      reply.headers(outcome.headers)
      if (!outcome.allowed) return reply.code(outcome.status).send(outcome.body)
      request.auth = outcome.auth
      return undefined
    }
  return {
    ...gatehouse,
    plugin: everywhere(async (app: { decorateRequest(name: 'auth', value: null): unknown }) => {
      app.decorateRequest('auth', null)
    }),
    session(options) {
      const { take } = keepSessions(options)
      return everywhere(async (app: { addHook(name: 'onRequest', hook: FastifyHook): unknown }) => {
        app.addHook('onRequest', async (request, reply) => {
          const { answer, session, cookies } = await take(askedOf(request))
          for (const cookie of cookies) reply.header('set-cookie', cookie)
          if (answer) return reply.code(answer.status).headers(answer.headers).send(answer.body)
          if (session) sessions.set(request, session)
          return undefined
        })
      })
    },
    ...routeGuards(demand),
  }
}

/** For the whole of the application, and not for the inside of the plugin alone. */
function everywhere<App>(plugin: Plugin<App>): Plugin<App> {
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

function askedOf({ method, originalUrl: target, ip, protocol, headers }: HookRequest): Asked {
  const header = (name: string) => {
    const value = headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }
  const host = header('host')
  return { method, target, ip, header, origin: host === undefined ? undefined : `${protocol}://${host}` }
}
