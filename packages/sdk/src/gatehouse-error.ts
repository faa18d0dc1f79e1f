import type { ProblemCode } from '@gatehouse/contract/problems'
import type { CaptchaTask } from '@gatehouse/contract/resources'

/**
 * Every way in which a call can fail: the codes of the API, and three of the SDK's own for when there was no answer,
 * none in time, or one that Gatehouse does not give.
 */
export type GatehouseErrorCode = ProblemCode | 'connection_failed' | 'timeout' | 'unexpected_answer'

/** A call that failed, whoever is to blame. Branch on `code`: it never changes its meaning. */
export interface GatehouseError extends Error {
  readonly name: 'GatehouseError'
  readonly code: GatehouseErrorCode
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  /** What the operator of the server finds the call by. */
  readonly requestId: string | undefined
  /** What to do about it. */
  readonly hint: string | undefined
  readonly retryAfterSeconds: number | undefined
  /** What the server's clock said, where that is the matter. */
  readonly serverTime: Date | undefined
  /** What is to be solved before the sign-in is tried again; see `solveCaptcha`. */
  readonly captcha: CaptchaTask | undefined
  /** Which parts of the input are wrong: JSON pointers (RFC 6901). */
  readonly errors: readonly { readonly pointer: string; readonly code: string; readonly detail?: string | undefined }[]
}

type Details = Omit<GatehouseError, keyof Error | 'code'>
/** What is known of a failure. */
type Failure = Pick<GatehouseError, 'code' | 'message' | 'cause'> & {
  readonly [Name in keyof Details]?: Details[Name] | undefined
}

/** The error that callers get. Nothing of it comes from what was sent, so that it can be logged as it is. */
export function gatehouseError(failure: Failure): GatehouseError {
  const { code, message, cause, status, requestId, hint, retryAfterSeconds, serverTime, captcha, errors = [] } = failure
  const known = requestId === undefined ? code : `${code}, ${requestId}`
  const error = new Error(`${message} (${known})`, cause === undefined ? {} : { cause })
  const name = 'GatehouseError' as const
  return Object.assign(error, { name, code, status, requestId, hint, retryAfterSeconds, serverTime, captcha, errors })
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
