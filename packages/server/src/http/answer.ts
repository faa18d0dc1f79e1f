import { STATUS_CODES } from 'node:http'
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
const written = writeFields(listed)
const writtenOverTls = writeFields(listedOverTls)

/** For how long a connection is kept on which nothing is asked. */
export const keptAliveSeconds = 65

/** What stands on every answer to a request that came this way. */
export function commonHeaders({ isSecure }: Origin, { demandsTls }: Entrance): Readonly<Record<string, string>> {
  return isSecure && demandsTls ? overTls : headersOfEveryAnswer
}

/** A text that answers a request, and what has to be said of it. */
export interface Answer {
  readonly status: number
  readonly mediaType: string
  readonly requestId: string
  /** When its request came, for the Date header: an answer is made at once. */
  readonly now: Date
  readonly body: string
}

/**
 * Answers past Fastify's way out: its hooks and its own list of headers are half of what a refusal costs. `headers` stand
 * beside those of every answer and do not come twice.
 */
export function answerDirectly(
  exchange: Exchange,
  { status, mediaType, requestId, now, body }: Answer,
  headers: Readonly<Record<string, string>>,
): void {
  const { response, origin, reception } = exchange
  if (response.writableEnded) throw new Error('there is an answer already')
  const isOverTls = origin.isSecure && reception.entrance.demandsTls
  const fields = ['content-type', mediaType, 'x-request-id', requestId]
  let isWritable = true
  for (const name in headers) {
    const value = headers[name] ?? ''
    fields.push(name, value)
    isWritable &&= !unwritable.test(value)
  }
  const length = Buffer.byteLength(body)
  fields.push('content-length', String(length), 'date', reception.writeDate(now))
  if (isWritable && isOrdinary(exchange)) {
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${isOverTls ? writtenOverTls : written}${writeFields(fields)}`
    writeWhole(exchange, `${head}${keptAlive}\r\n${body}`, length === body.length ? 'latin1' : 'utf8')
  } else {
    if (reception.isClosing || exchange.isLast) fields.push('connection', 'close')
    response.writeHead(status, (isOverTls ? listedOverTls : listed).concat(fields))
    response.end(body)
  }
  reception.hasLeft?.(exchange, status)
  forgetOnceOver(exchange)
}

const keptAlive = writeFields(['connection', 'keep-alive', 'keep-alive', `timeout=${keptAliveSeconds}`])

/**
 * Whether this is the next answer on its connection, has a body, and another one may follow it. Node knows what to do about
 * all else.
 */
function isOrdinary({ request, response, reception, isLast }: Exchange): boolean {
  return (
    response.socket?.writable === true &&
    response.shouldKeepAlive &&
    !isLast &&
    !reception.isClosing &&
    request.method !== 'HEAD' &&
    request.headers.expect === undefined
  )
}

/** What would end a field too early is for Node to refuse (RFC 9110, section 5.5). */
const unwritable = /[^\t\x20-\x7e]/

/**
 * Hands an answer to the connection in one piece and tells Node that it is over: its own way, by the list of headers and a
 * buffer of its own for each answer, takes a twentieth of a validation.
 */
function writeWhole(exchange: Exchange, text: string, encoding: 'latin1' | 'utf8'): void {
  const { response } = exchange
  response.socket?.write(text, encoding)
  exchange.isWritten = true
  response.finished = true
  response.emit('finish')
}

function writeFields(fields: readonly string[]): string {
  let text = ''
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`
  return text
}
