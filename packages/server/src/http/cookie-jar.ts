import type { FastifyReply, FastifyRequest } from 'fastify'
import type { House } from './call.ts'

/** The cookies that a browser keeps for us: out of reach of scripts, of other hosts and of other sites' forms. */
export interface CookieJar {
  get(name: string): string | undefined
  /** Without a time it goes when the browser is closed. */
  keep(name: string, value: string, maxAgeSeconds?: number): void
  drop(name: string): void
  /** The names of all that it has, which begin with this. */
  names(beginning: string): readonly string[]
}

/**
 * `__Host-` binds them to this host and to HTTPS (RFC 6265bis, section 4.1.3.2). In development over plain HTTP there is no such
 * thing, and the name says that.
 */
export function cookieJar(
  request: Pick<FastifyRequest, 'cookies' | 'exchange'>,
  reply: FastifyReply,
  { entrance }: Pick<House, 'entrance'>,
): CookieJar {
  const isSecure = request.exchange.origin.isSecure || entrance.demandsTls
  const prefix = isSecure ? '__Host-gatehouse-' : 'gatehouse-'
  const options = { path: '/', httpOnly: true, secure: isSecure, sameSite: 'lax' } as const
  return {
    get: (name) => request.cookies[prefix + name],
    keep(name, value, maxAgeSeconds) {
      reply.setCookie(prefix + name, value, {
        ...options,
        ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
      })
    },
    drop(name) {
      reply.setCookie(prefix + name, '', { ...options, maxAge: 0 })
    },
    names: (beginning) =>
      Object.keys(request.cookies).flatMap((name) =>
        name.startsWith(prefix + beginning) ? [name.slice(prefix.length)] : [],
      ),
  }
}
