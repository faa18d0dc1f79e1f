import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { Fault, type FaultOptions } from '../kernel/fault.ts'
import type { Answer } from './answer.ts'

/** An RFC 9457 document, and the headers that a problem has beside those of every answer. */
export interface ProblemAnswer extends Answer {
  readonly headers: Readonly<Record<string, string>>
}

const mediaType = 'application/problem+json; charset=utf-8'

/** Codes whose answer carries our time: the remedy is to compare clocks. */
const clockCodes: ReadonlySet<ProblemCode> = new Set(['signature_timestamp_out_of_range', 'mfa_code_invalid'])

/** The one place that turns a word of the list into a status and a body. */
export function answerProblem(fault: Fault, requestId: string, publicUrl: string, now: Date): ProblemAnswer {
  const { code, options } = fault
  const { status, title, fix } = problems[code]
  const retryAfter = options.retryAfterSeconds
  const body = {
    type: `${publicUrl}/docs/errors/${code}`,
    title,
    status,
    detail: options.detail,
    code,
    hint: options.hint ?? fix,
    request_id: requestId,
    errors: options.errors,
    retry_after_seconds: retryAfter,
    captcha: options.captcha,
    server_time: clockCodes.has(code) ? now.toISOString() : undefined,
  }
  const headers = {
    ...(options.stepUp && { 'www-authenticate': askForProof(options.stepUp) }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  }
  return { status, mediaType, requestId, now, headers, body: JSON.stringify(body) }
}

/** RFC 9470, section 3. */
function askForProof({ maxAgeSeconds }: NonNullable<FaultOptions['stepUp']>): string {
  const age = maxAgeSeconds === undefined ? '' : `, max_age=${maxAgeSeconds}`
  return `Bearer error="insufficient_user_authentication", acr_values="aal2"${age}`
}

/** What Fastify and Node throw before our own code runs. */
const foreignCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_INVALID_TYPE: 'unsupported_media_type',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Every error as a Fault; what nobody foresaw becomes `internal_error` and tells nothing. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  const { code = '', statusCode = 500 } = (error ?? {}) as { code?: string; statusCode?: number }
  // Fastify gives 400 to whatever ends a body too early, such as a caller who hangs up.
  const foreign = foreignCodes[code] ?? (statusCode < 500 ? 'invalid_request' : 'internal_error')
  return new Fault(foreign, { cause: error })
}
