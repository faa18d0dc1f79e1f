import type { FastifyRequest } from 'fastify'
import { Fault } from '../kernel/fault.ts'
import type { House } from './call.ts'

/** Asked from within, by whoever watches over the process and knows nothing of certificates. They tell nothing. */
const health: ReadonlySet<string> = new Set(['/livez', '/readyz', '/startupz'])

/**
 * What is asked for in plain HTTP and is no operation: pages are found over HTTPS, where `publicUrl` says, so that no
 * header of the request can lead astray. The rest is refused; programs must not be led on, or they never learn that they
 * speak in the clear (OWASP ASVS 5.0, 4.1.2).
 * @returns where to go, or undefined to go on
 */
export function findDetour(request: FastifyRequest, { entrance, publicUrl }: House): string | undefined {
  const { method, url, routeOptions, exchange } = request
  if (exchange.origin.isSecure || !entrance.demandsTls) return undefined
  if (health.has(routeOptions.url ?? '')) return undefined
  const isPage = method === 'GET' || method === 'HEAD'
  if (isPage && /^https:/i.test(publicUrl)) return publicUrl + url
  throw new Fault('https_required')
}
