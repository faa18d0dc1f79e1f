import type { ZodObject, ZodType, z } from 'zod'
import type { ProblemCode } from './problems.ts'

/** Who may call an operation: the columns of the server's table of defence layers. */
export type Caller = 'client' | 'user' | 'admin' | 'public'

/** What a client application may do; each operation names the one it needs. */
export const scopes = [
  'users:read',
  'users:write',
  'factors:write',
  'auth',
  'tokens',
  'audit:read',
  'clients:read',
  'clients:write',
  'policy:read',
  'policy:write',
  'webhooks:read',
  'webhooks:write',
  'alerts:read',
  'alerts:write',
] as const
export type Scope = (typeof scopes)[number]

/** What a client may do unless it is said. To look after clients, rules, webhooks and alerts is given by name only. */
export const usualScopes: readonly Scope[] = scopes.filter(
  (scope) => !/^(clients|webhooks):/.test(scope) && scope !== 'policy:write' && scope !== 'alerts:write',
)

/** Budgets of requests; an operation draws on one (POLICY rate.*). */
export const rateClasses = ['auth', 'validate', 'users', 'devices', 'other'] as const
export type RateClass = (typeof rateClasses)[number]

/** What a client may have numbers of its own for: a class, or all that it asks, for whomever. */
export const clientLimits = [...rateClasses, 'total'] as const
export type ClientLimit = (typeof clientLimits)[number]

/**
 * One call of the HTTP API, as data. The server serves it, the SDK calls it, the OpenAPI document prints it and the
 * authorisation matrix walks it.
 */
export interface Operation<Input extends ZodObject = ZodObject, Output extends ZodType = ZodType> {
  readonly id: string
  readonly summary: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Parameters stand in braces and are fields of `input`. */
  readonly path: `/v1/${string}` | `/oauth/${string}`
  readonly caller: Caller
  /** `own`: what only people themselves may do, with a token or a device of theirs. */
  readonly scope: Scope | 'own'
  /** Column `user`: a second factor must have been proven within the last minutes, by whoever has one. */
  readonly demandsProof?: true
  /** Column `user`: open also to who has come in by a recovery code, who else may do nothing. */
  readonly opensToRecovery?: true
  /** Set where a client may do it to itself, the `id` of the path being its own, without the scope. */
  readonly selfService?: true
  /** Set where a token does not do, only a signature: what it gives is worth more than the token. */
  readonly signedOnly?: true
  /** Set where the answer is true of the moment alone: it is not kept for an Idempotency-Key. */
  readonly answersForNow?: true
  readonly rate: RateClass
  readonly status: 200 | 201 | 202 | 204
  /** Path parameters, and the query (GET) or the body (all else), as one object. Path parameters win. */
  readonly input: Input
  readonly output: Output
  /** Set where the answer is no JSON document: the types that it may be of, the usual one first. `output` is its text. */
  readonly media?: readonly string[]
  /** What it may refuse with, besides what every operation may (`problemsOfEveryOperation`). */
  readonly problems: readonly ProblemCode[]
}

/** What a caller sends. */
export type Input<O extends Operation> = z.input<O['input']>
/** What the server's operation gets: parsed, with defaults. The nonce has done its work in the signature. */
export type Parsed<O extends Operation> = Omit<z.output<O['input']>, 'nonce'>
/** What the caller gets. */
export type Output<O extends Operation> = z.output<O['output']>

/** Keeps the exact types of an operation's schemas. */
export function operation<I extends ZodObject, O extends ZodType>(row: Operation<I, O>): Operation<I, O> {
  return row
}

/** The refusals of the layers before an operation, and of the machine under it. */
export const problemsOfEveryOperation: readonly ProblemCode[] = [
  'invalid_request',
  'unknown_parameter',
  'invalid_json',
  'signature_missing',
  'signature_invalid',
  'signature_scheme_not_allowed',
  'signature_timestamp_out_of_range',
  'signature_replayed',
  'https_required',
  'client_not_allowed',
  'insufficient_scope',
  'rate_limited',
  'payload_too_large',
  'unsupported_media_type',
  'internal_error',
  'overloaded',
  'storage_unavailable',
]

/** The refusals of whoever shows a token: of a client in place of a signature, of a person, of an administrator. */
const problemsOfTokens: Readonly<Record<Caller, readonly ProblemCode[]>> = {
  client: ['token_invalid'],
  user: ['authentication_required', 'token_invalid', 'recovery_only'],
  admin: ['authentication_required', 'token_invalid', 'recovery_only', 'mfa_required', 'mfa_stale'],
  public: [],
}

/** The refusals of whatever takes an Idempotency-Key. */
const problemsOfRepeats: readonly ProblemCode[] = [
  'idempotency_in_progress',
  'idempotency_answer_lost',
  'idempotency_key_reused',
]

/** Whether a request for it may bear an Idempotency-Key: all that a client application changes something by. */
export function takesIdempotencyKey({ caller, method, answersForNow }: Operation): boolean {
  return caller === 'client' && method !== 'GET' && !answersForNow
}

/** Everything that an operation may be refused with. */
export function problemsOf(operation: Operation): readonly ProblemCode[] {
  const ofRepeats = takesIdempotencyKey(operation) ? problemsOfRepeats : []
  const ofTokens = problemsOfTokens[operation.caller]
  return [...operation.problems, ...ofTokens, ...problemsOfEveryOperation, ...ofRepeats]
}

/** The names in braces of a path: `/v1/users/{id}` has `id`. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([a-z_]+)\}/g)].map((match) => match[1] ?? '')
}
