import type { Gatehouse } from './client.ts'
import type { Asked } from './guard/asked.ts'
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

/** What of an Express request is looked at; that of node:http has it, too. */
export interface ConnectRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly originalUrl?: string | undefined
  readonly ip?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined
  auth?: Auth | undefined
}

export interface ConnectResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/** A middleware in the manner of Connect, as Express 4 and 5 take it. */
export type ConnectMiddleware = (
  request: ConnectRequest,
  response: ConnectResponse,
  next: (error?: unknown) => void,
) => void

export interface ExpressGatehouse extends Gatehouse {
  /** Lets in who has a good access token, and puts them into `request.auth`. */
  requireAuth(): ConnectMiddleware
  /** Lets in who has proven a second factor, within `maxAge` where that is given. */
  requireMfa(options?: { readonly maxAge?: MaxAge | undefined }): ConnectMiddleware
  /**
   * Lets in who has approved this very action, by the grant in `X-Approval-Grant`. The server spends it with the request:
   * it opens one, and no other.
   */
  requireApproval<Request = ConnectRequest>(action: ActionOf<Request>): ConnectMiddleware
}

/**
 * The SDK with middlewares for Express. The address of the person is `request.ip`: set `trust proxy` behind a proxy.
 *
 * @throws TypeError, naming the option that is missing
 */
export function createGatehouse(options: GuardOptions = {}): ExpressGatehouse {
  const { gatehouse, judge } = createGuard(options)
  const demand =
    (wanted: (request: ConnectRequest) => Demand): ConnectMiddleware =>
    (request, response, next) => {
      judge(askedOf(request), wanted(request)).then((outcome) => {
        for (const [name, value] of Object.entries(outcome.headers)) response.setHeader(name, value)
        if (outcome.allowed) {
          request.auth = outcome.auth
          next()
          return
        }
        response.statusCode = outcome.status
        response.end(outcome.body)
      }, next)
    }
  return {
    ...gatehouse,
    requireAuth: () => demand(() => ({})),
    requireMfa(options) {
      const wanted = mfaDemand(options)
      return demand(() => wanted)
    },
    requireApproval: <Request>(action: ActionOf<Request>) =>
      demand((request) => approvalDemand(action, request as Request)),
  }
}

function askedOf(request: ConnectRequest): Asked {
  return {
    method: request.method ?? '',
    target: request.originalUrl ?? request.url ?? '/',
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
