import type { ProblemCode } from '@gatehouse/contract/problems'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AnsweredRequest } from '../kernel/answered-request.ts'
import type { World } from '../kernel/moment.ts'

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

/** Tells of each request when its answer has left. What goes on for as long as somebody listens took no time to answer. */
export function watchRequests(http: FastifyInstance, world: World, { tell }: RequestWatch): void {
  http.decorateRequest('beganMs', 0)
  http.decorateRequest('refusedBy')
  const hasLeft = (request: FastifyRequest, status: number) => {
    if (goesOn(request)) return
    const { call } = request
    tell({
      method: request.method,
      operation: call?.operation,
      tenantId: call?.client?.tenantId ?? call?.bearer?.session.tenant_id,
      status,
      problem: request.refusedBy,
      tookMs: elapsedOf(world) - request.beganMs,
    })
  }
  http.decorate('hasLeft', hasLeft)
  // What is answered directly says so itself: with a hook for every answer Fastify would listen for the end of each.
  http.addHook('onSend', (request, { raw }, payload, done) => {
    raw.once('finish', () => hasLeft(request, raw.statusCode))
    done(null, payload)
  })
}

function goesOn({ call, headers }: FastifyRequest): boolean {
  return call?.operation?.media !== undefined || headers.accept === 'text/event-stream'
}

declare module 'fastify' {
  interface FastifyInstance {
    /** An answer is in the hands of the operating system. Absent where nobody watches. */
    hasLeft?: (request: FastifyRequest, status: number) => void
  }
  interface FastifyRequest {
    beganMs: number
    refusedBy: ProblemCode | undefined
  }
}
