import type { AnsweredRequest } from '../kernel/answered-request.ts'
import type { World } from '../kernel/moment.ts'
import type { Exchange } from './exchange.ts'
import type { Site } from './serve.ts'

type Listener = (request: AnsweredRequest) => void

/** Who wants to know of answered requests, and how they are told. */
export interface RequestWatch {
  tell: Listener
  /** Must be quick: all requests wait for it. */
  onAnswered(listener: Listener): void
}

export function requestWatch(): RequestWatch {
  const listeners: Listener[] = []
  return {
    tell(request) {
      for (const listener of listeners) listener(request)
    },
    onAnswered: (listener) => void listeners.push(listener),
  }
}

/** Time that goes forward, whatever is done to the clock. */
export function elapsedOf(world: World): number {
  return world.elapsedMs?.() ?? world.now().getTime()
}

/**
 * Tells of each request when its answer has left. What goes on for as long as somebody listens took no time to answer, and
 * is not told.
 */
export function watchRequests({ http, reception, house }: Site, { tell }: RequestWatch): void {
  const hasLeft = (exchange: Exchange, status: number) => {
    const { call, request, refusedBy, beganMs } = exchange
    tell({
      method: request.method ?? '',
      operation: call?.operation,
      tenantId: call?.client?.tenantId ?? call?.bearer?.session.tenant_id,
      status,
      problem: refusedBy,
      tookMs: elapsedOf(house.world) - beganMs,
    })
  }
  reception.hasLeft = hasLeft
  // What is answered directly says so itself: with a hook for every answer Fastify would listen for the end of each.
  http.addHook('onSend', ({ exchange }, { raw }, payload, done) => {
    raw.once('finish', () => hasLeft(exchange, raw.statusCode))
    done(null, payload)
  })
}
