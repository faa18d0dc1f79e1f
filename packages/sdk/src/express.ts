import type { Gatehouse } from './client.ts'
import type { Asked, BrowserSession } from './guard/asked.ts'
import type { SessionOptions } from './guard/browser-session.ts'
import { type ActionOf, type Auth, createGuard, type Demand, type GuardOptions, type MaxAge } from './guard/guard.ts'
import type { Answer } from './guard/refuse-request.ts'
import { type RouteGuards, routeGuards } from './guard/route-guards.ts'

export type { ActionOf, Auth, GuardOptions, MaxAge, SessionOptions }

/** What of an Express request is looked at; that of node:http has it, too. */
export interface ConnectRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly originalUrl?: string | undefined
  readonly ip?: string | undefined
  readonly protocol?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined
  auth?: Auth | undefined
}

export interface ConnectResponse {
  statusCode: number
  getHeader(name: string): number | string | readonly string[] | undefined
  setHeader(name: string, value: string | readonly string[]): unknown
  end(body?: string): unknown
}

/** A middleware in the manner of Connect, as Express 4 and 5 take it. */
export type ConnectMiddleware = (
  request: ConnectRequest,
  response: ConnectResponse,
  next: (error?: unknown) => void,
) => void

export type ExpressGatehouse = Gatehouse & RouteGuards<ConnectRequest, ConnectMiddleware>

/**
 * The SDK with middlewares for Express. The address of the person is `request.ip`: set `trust proxy` behind a proxy.
 *
 * @throws TypeError, naming the option that is missing
 */
export function createGatehouse(options: GuardOptions = {}): ExpressGatehouse {
  const { gatehouse, judge, keepSessions } = createGuard(options)
  const sessions = new WeakMap<ConnectRequest, BrowserSession>()
  const demand =
    (wanted: (request: ConnectRequest) => Demand): ConnectMiddleware =>
    (request, response, next) => {
      judge({ ...askedOf(request), session: sessions.get(request) }, wanted(request)).then((outcome) => {
        if (!outcome.allowed) return send(response, outcome)
        for (const [name, value] of Object.entries(outcome.headers)) response.setHeader(name, value)
        request.auth = outcome.auth
        return next()
      }, next)
    }
  return {
    ...gatehouse,
    session(options) {
      const { take } = keepSessions(options)
      return (request, response, next) => {
        take(askedOf(request)).then(({ answer, session, cookies }) => {
          const before = response.getHeader('set-cookie') ?? []
          if (cookies.length > 0) response.setHeader('set-cookie', [before, cookies].flat().map(String))
          if (answer) return send(response, answer)
          if (session) sessions.set(request, session)
          return next()
        }, next)
      }
    },
    ...routeGuards(demand),
  }
}

function send(response: ConnectResponse, { status, headers, body }: Answer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.statusCode = status
  response.end(body)
}

function askedOf(request: ConnectRequest): Asked {
  const { host } = request.headers
  return {
    method: request.method ?? '',
    target: request.originalUrl ?? request.url ?? '/',
    origin: typeof host === 'string' ? `${request.protocol ?? 'http'}://${host}` : undefined,
    ip: request.ip ?? request.socket?.remoteAddress,
    header(name) {
      const value = request.headers[name]
      return typeof value === 'string' ? value : value?.join(', ')
    },
  }
}

declare global {
  namespace Express {
    interface Request {
      auth?: Auth | undefined
    }
  }
}
