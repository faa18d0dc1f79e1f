import type { ProblemCode } from '@gatehouse/contract/problems'
import type { CaptchaTask } from '@gatehouse/contract/resources'

/**
 * Every way in which a call can fail: the codes of the API, and three of the SDK's own for when there was no answer,
 * none in time, or one that Gatehouse does not give.
 */
export type GatehouseErrorCode = ProblemCode | 'connection_failed' | 'timeout' | 'unexpected_answer'

/** What kind of failure it is, for those who do not branch on every code. */
export type GatehouseErrorKind =
  | 'authentication'
  | 'mfa_required'
  | 'signature'
  | 'permission'
  | 'validation'
  | 'not_found'
  | 'conflict'
  | 'rate_limit'
  | 'connection'
  | 'timeout'
  | 'server'

/** A call that failed, whoever is to blame. Branch on `code`: it never changes its meaning. */
export interface GatehouseError extends Error {
  readonly name: 'GatehouseError'
  readonly code: GatehouseErrorCode
  readonly kind: GatehouseErrorKind
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  /** What the operator of the server finds the call by. */
  readonly requestId: string | undefined
  /** What to do about it. */
  readonly hint: string | undefined
  /** The page about this code, on the server itself. */
  readonly docsUrl: string | undefined
  readonly retryAfterSeconds: number | undefined
  /** What the server's clock said, where that is the matter. */
  readonly serverTime: Date | undefined
  /** What is to be solved before the sign-in is tried again; see `solveCaptcha`. */
  readonly captcha: CaptchaTask | undefined
  /** Which parts of the input are wrong: JSON pointers (RFC 6901). */
  readonly errors: readonly { readonly pointer: string; readonly code: string; readonly detail?: string | undefined }[]
}

type Details = Omit<GatehouseError, keyof Error | 'code' | 'kind'>
/** What is known of a failure. */
type Failure = Pick<GatehouseError, 'code' | 'message' | 'cause'> & {
  readonly [Name in keyof Details]?: Details[Name] | undefined
}

/** The error that callers get. Nothing of it comes from what was sent, so that it can be logged as it is. */
export function gatehouseError(failure: Failure): GatehouseError {
  const { code, message, cause, errors = [] } = failure
  const { status, requestId, hint, docsUrl, retryAfterSeconds, serverTime, captcha } = failure
  const marks = requestId === undefined ? code : `${code}, ${requestId}`
  const error = new Error(`${message} (${marks})`, cause === undefined ? {} : { cause })
  const name = 'GatehouseError' as const
  const details = { status, requestId, hint, docsUrl, retryAfterSeconds, serverTime, captcha, errors }
  return Object.assign(error, { name, code, kind: kindOf(code, status), ...details })
}

const needsMfa: ReadonlySet<string> = new Set(['mfa_required', 'mfa_stale', 'mfa_enrollment_required'])
const kindOfStatus: Readonly<Record<number, GatehouseErrorKind>> = {
  401: 'authentication',
  403: 'permission',
  404: 'not_found',
  409: 'conflict',
  410: 'not_found',
  412: 'conflict',
  429: 'rate_limit',
}

function kindOf(code: GatehouseErrorCode, status: number | undefined): GatehouseErrorKind {
  if (code === 'connection_failed') return 'connection'
  if (code === 'timeout') return 'timeout'
  if (code === 'unexpected_answer') return 'server'
  if (code.startsWith('signature_')) return 'signature'
  if (needsMfa.has(code)) return 'mfa_required'
  // Without a status it was refused here, before it was sent.
  if (status === undefined) return 'validation'
  return kindOfStatus[status] ?? (status < 500 ? 'validation' : 'server')
}

/**
 * Whether a call failed, and with this code if one is given. Other than `instanceof` it also knows the errors of another
 * copy of this package.
 */
export function isGatehouseError<C extends GatehouseErrorCode = GatehouseErrorCode>(
  error: unknown,
  code?: C,
): error is GatehouseError & { readonly code: C } {
  if (typeof error !== 'object' || error === null || !('name' in error) || !('code' in error)) return false
  return error.name === 'GatehouseError' && (code === undefined || error.code === code)
}
