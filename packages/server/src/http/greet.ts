import type { FastifyRequest } from 'fastify'
import { Fault } from '../kernel/fault.ts'
import type { House } from './call.ts'
import { type Origin, originFinder } from './entrance.ts'
import { elapsedOf } from './watch-requests.ts'

/** Asked from within, by whoever watches over the process and knows nothing of certificates. They tell nothing. */
const health: ReadonlySet<string> = new Set(['/livez', '/readyz', '/startupz'])

/** What comes first of all for every request: when it came, and from where. */
export function greeter({ entrance, world }: House): (request: FastifyRequest) => void {
  const findOrigin = originFinder(entrance)
  return (request) => {
    request.beganMs = elapsedOf(world)
    request.origin = findOrigin(request.raw)
  }
}

/**
 * What is asked for in plain HTTP and has no walls of its own: pages are found over HTTPS, where `publicUrl` says, so that
 * no header of the request can lead astray. The rest is refused; programs must not be led on, or they never learn that
 * they speak in the clear (OWASP ASVS 5.0, 4.1.2).
 * @returns where to go, or undefined to go on
 */
export function findDetour(request: FastifyRequest, { entrance, publicUrl }: House): string | undefined {
  if (request.origin.isSecure || !entrance.demandsTls) return undefined
  const { method, url, is404, routeOptions } = request
  if (health.has(routeOptions.url ?? '')) return undefined
  const isOperation = url.startsWith('/v1/')
  if (isOperation && !is404) return undefined
  const isPage = (method === 'GET' || method === 'HEAD') && url.startsWith('/') && !isOperation
  if (isPage && /^https:/i.test(publicUrl)) return publicUrl + url
  throw new Fault('https_required')
}

declare module 'fastify' {
  interface FastifyRequest {
    origin: Origin
  }
}
