import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import type { Entrance, Origin } from './entrance.ts'

/** Stands on every answer. Scripts, frames and referrers are for pages, which widen this themselves. */
export const headersOfEveryAnswer = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** RFC 6797: two years, and all names below ours (OWASP ASVS 5.0, 3.4.1). */
export const strictTransportSecurity = { 'strict-transport-security': 'max-age=63072000; includeSubDomains' }

const overTls = { ...headersOfEveryAnswer, ...strictTransportSecurity }
const listed = Object.entries(headersOfEveryAnswer).flat()
const listedOverTls = Object.entries(overTls).flat()

/** What stands on every answer to a request that came this way. */
export function commonHeaders({ isSecure }: Origin, { demandsTls }: Entrance): Readonly<Record<string, string>> {
  return isSecure && demandsTls ? overTls : headersOfEveryAnswer
}

/**
 * Answers with a text, past Fastify's way out: its hooks and its own list of headers are half of what a refusal costs.
 * `headers` do not come twice, nor those of every answer.
 */
export function answerDirectly(
  reply: FastifyReply,
  entrance: Entrance,
  status: number,
  body: string,
  ...headers: readonly Readonly<Record<string, string>>[]
): void {
  const { raw, server, request } = reply
  const lines = (request.origin.isSecure && entrance.demandsTls ? listedOverTls : listed).slice()
  for (const some of headers) for (const name of Object.keys(some)) lines.push(name, some[name] ?? '')
  if (server.ending.hasBegun || reply.hasHeader('connection')) lines.push('connection', 'close')
  lines.push('content-length', String(Buffer.byteLength(body)))
  raw.writeHead(status, lines)
  reply.hijack()
  raw.end(body)
  server.hasLeft?.(request, status)
}

declare module 'fastify' {
  interface FastifyInstance {
    /** When the server closes, each answer ends its connection: a client would keep it, and the server would wait for that. */
    ending: { hasBegun: boolean }
    /** Connections on which nothing more is answered. Node hands over what stands behind a request before they can be closed. */
    ended: WeakSet<Socket>
  }
}
