import type { ProblemCode } from '@gatehouse/contract/problems'
import type { CaptchaTask } from '@gatehouse/contract/resources'

/** What a refusal may say besides its code. */
export interface FaultOptions {
  /** For the client: what happened, in this case. Never a secret, never a reason that helps to guess. */
  readonly detail?: string
  /** For the client: what to do next. */
  readonly hint?: string
  /** For the client: which parts of the input are wrong. */
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly detail?: string }[]
  readonly retryAfterSeconds?: number
  /** For the client: what to solve before it tries again. */
  readonly captcha?: CaptchaTask
  /** For the client: a second factor is asked for (RFC 9470), how old at most. */
  readonly stepUp?: { readonly maxAgeSeconds?: number | undefined }
  /** The refusal is on record already (`log/refuse.ts`); all others are recorded as `request.refused`. */
  readonly recorded?: boolean
  /** For our own log. */
  readonly cause?: unknown
}

/** The one exception of the house: a word from the list of problems. `http/problem.ts` alone turns it into an answer. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: ProblemCode
  readonly options: FaultOptions

  constructor(code: ProblemCode, options: FaultOptions = {}) {
    super(options.detail ? `${code}: ${options.detail}` : code, { cause: options.cause })
    this.code = code
    this.options = options
  }
}
