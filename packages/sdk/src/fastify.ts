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

export type { ActionOf, Auth, GuardOptions, MaxAge }

/** What of a Fastify request is looked at. */
export interface HookRequest {
  readonly method: string
  readonly url: string
  readonly originalUrl: string
  readonly ip: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  auth?: Auth | null | undefined
}

export interface HookReply {
  code(status: number): HookReply
  headers(values: Readonly<Record<string, string>>): HookReply
  send(body: string): unknown
}

/** A `preHandler` of a route, or of all routes. */
export type FastifyHook = (request: HookRequest, reply: HookReply) => Promise<unknown>

export interface FastifyGatehouse extends Gatehouse {
  /** Gives every request its `auth`, which is null until somebody is let in. */
  readonly plugin: (app: { decorateRequest(name: 'auth', value: null): unknown }) => Promise<void>
  /** Lets in who has a good access token, and puts them into `request.auth`. */
  requireAuth(): FastifyHook
  /** Lets in who has proven a second factor, within `maxAge` where that is given. */
  requireMfa(options?: { readonly maxAge?: MaxAge | undefined }): FastifyHook
  /**
   * Lets in who has approved this very action, by the grant in `X-Approval-Grant`. The server spends it with the request:
   * it opens one, and no other.
   */
  requireApproval<Request = HookRequest>(action: ActionOf<Request>): FastifyHook
}

/**
 * The SDK with hooks for Fastify. The address of the person is `request.ip`: set `trustProxy` behind a proxy.
 *
 * @throws TypeError, naming the option that is missing
 */
export function createGatehouse(options: GuardOptions = {}): FastifyGatehouse {
  const { gatehouse, judge } = createGuard(options)
  const demand =
    (wanted: (request: HookRequest) => Demand): FastifyHook =>
    async (request, reply) => {
      const { method, originalUrl: target, ip } = request
      const header = (name: string) => {
        const value = request.headers[name]
        return typeof value === 'string' ? value : value?.join(', ')
      }
      const outcome = await judge({ method, target, ip, header }, wanted(request))
      reply.headers(outcome.headers)
      if (!outcome.allowed) return reply.code(outcome.status).send(outcome.body)
      request.auth = outcome.auth
      return undefined
    }
  const plugin: FastifyGatehouse['plugin'] = async (app) => {
    app.decorateRequest('auth', null)
  }
  // For the whole of the application, and not for the inside of the plugin alone.
  const everywhere = Object.assign(plugin, { [Symbol.for('skip-override')]: true })
  return {
    ...gatehouse,
    plugin: everywhere,
    requireAuth: () => demand(() => ({})),
    requireMfa(options) {
      const wanted = mfaDemand(options)
      return demand(() => wanted)
    },
    requireApproval: <Request>(action: ActionOf<Request>) =>
      demand((request) => approvalDemand(action, request as Request)),
  }
}
