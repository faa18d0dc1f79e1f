import type { Entrance, Origin } from './entrance.ts'
import { type Exchange, forgetOnceOver } from './exchange.ts'

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

/** A text that answers a request, and what has to be said of it. */
export interface Answer {
  readonly status: number
  readonly mediaType: string
  readonly requestId: string
  readonly body: string
}

/**
 * Answers past Fastify's way out: its hooks and its own list of headers are half of what a refusal costs. `headers` stand
 * beside those of every answer and do not come twice.
 */
export function answerDirectly(
  exchange: Exchange,
  { status, mediaType, requestId, body }: Answer,
  headers: Readonly<Record<string, string>>,
): void {
  const { response, origin, reception } = exchange
  const lines = (origin.isSecure && reception.entrance.demandsTls ? listedOverTls : listed).slice()
  lines.push('content-type', mediaType, 'x-request-id', requestId)
  for (const name in headers) lines.push(name, headers[name] ?? '')
  if (reception.isClosing || exchange.isLast) lines.push('connection', 'close')
  lines.push('content-length', String(Buffer.byteLength(body)))
  response.writeHead(status, lines)
  response.end(body)
  reception.hasLeft?.(exchange, status)
  forgetOnceOver(exchange)
}
