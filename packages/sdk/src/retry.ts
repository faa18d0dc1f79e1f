import type { Operation } from '@gatehouse/contract/operation'
import type { GatehouseError } from './gatehouse-error.ts'

/** How calls that failed are made again. */
export interface Retries {
  /** How often at most, 0 to 3: 3 unless given. */
  readonly max: number
  /** Before the first; each further one waits twice as long. 1000 unless given. */
  readonly firstDelayMs: number
  /** So long after the first try nothing is tried again, 14,400,000 (4 h) at most: 900,000 (15 min) unless given. */
  readonly windowMs: number
}

/** A call that has failed. */
export interface Failed {
  readonly operation: Pick<Operation, 'method' | 'rate'>
  /** Whether the server carries it out once, however often it is made. */
  readonly hasKey: boolean
  readonly error: GatehouseError
  /** How often it was made again already. */
  readonly retried: number
  readonly elapsedMs: number
  /** From 0 to 1, by chance: callers that failed together shall not come back together. */
  readonly chance: number
}

/** By so much a delay is shorter or longer. */
const jitterMs = 500

/** How long to wait before the call is made again; undefined when its error is the answer. What the server asks for wins. */
export function delayBeforeRetry(failed: Failed, { max, firstDelayMs, windowMs }: Retries): number | undefined {
  const { error, retried, elapsedMs, chance } = failed
  if (retried >= max || !isWorthRetrying(failed)) return undefined
  const ownMs = Math.max(0, firstDelayMs * 2 ** retried + (2 * chance - 1) * jitterMs)
  const delayMs = error.retryAfterSeconds === undefined ? ownMs : error.retryAfterSeconds * 1000 + chance * jitterMs
  return elapsedMs + delayMs <= windowMs ? delayMs : undefined
}

/**
 * What only reads may be asked twice, and what has a key. All else is made again only if the server has done nothing: it was not
 * reached, or it says so. Who waits for a sign-in or with a token is not kept waiting for a limit.
 */
function isWorthRetrying({ operation, hasKey, error }: Failed): boolean {
  if (error.code === 'rate_limited') return operation.rate === 'users' || operation.rate === 'other'
  if (error.code === 'overloaded' || error.code === 'storage_unavailable') return true
  if (error.code === 'connection_failed' && isUnreached(error.cause)) return true
  if (error.code === 'idempotency_in_progress') return true
  if (operation.method !== 'GET' && !hasKey) return false
  if (error.code === 'unexpected_answer') return error.status !== undefined && [502, 503, 504].includes(error.status)
  return error.code === 'connection_failed' || error.code === 'timeout' || error.code === 'internal_error'
}

/** No connection came about, so nothing was sent. */
function isUnreached(cause: unknown): boolean {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const code = typeof reason === 'object' && reason !== null && 'code' in reason ? reason.code : undefined
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(String(code))
}
