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

/** What goes into our own log, with the place that it came from. */
const failures: ReadonlySet<ProblemCode> = new Set(['internal_error', 'storage_unavailable'])

/** The one exception of the house: a word from the list of problems. `http/problem.ts` alone turns it into an answer. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: ProblemCode
  readonly options: FaultOptions

  constructor(code: ProblemCode, options: FaultOptions = {}) {
    const depth = Error.stackTraceLimit
    // A refusal is an answer and no mistake of ours: where it was thrown is told to nobody, and to find that out is what it costs most.
    if (!failures.has(code)) Error.stackTraceLimit = 0
    super(options.detail ? `${code}: ${options.detail}` : code, options.cause === undefined ? undefined : options)
    Error.stackTraceLimit = depth
    this.code = code
    this.options = options
  }
}
