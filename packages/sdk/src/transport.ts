import { type Operation, takesIdempotencyKey } from '@gatehouse/contract/operation'
import type { Connection } from './connection.ts'
import { type GatehouseError, gatehouseError, isGatehouseError } from './gatehouse-error.ts'
import { holdBack } from './hold-back.ts'
import { readAnswer } from './read-answer.ts'
import { requestOf } from './request.ts'
import { delayBeforeRetry } from './retry.ts'
import { newNonce } from './sign-call.ts'

/** One try, as it will be sent. */
export interface Try {
  readonly method: Operation['method']
  readonly url: string
  readonly body: Uint8Array<ArrayBuffer>
}

/** How one call is made. */
export interface CallOptions {
  /**
   * Names this call to the server, which carries it out once however often it is made, and answers alike for 24 hours.
   * Without it each call that changes something has a key of its own, for as long as it is tried. Not for `tokens.validate`
   * and `tokens.keys`.
   */
  readonly idempotencyKey?: string | undefined
}

/** What says who calls. Asked for every try: a signature is good once. */
export interface Credentials {
  headersOf(call: Try): Promise<Readonly<Record<string, string>>>
  /** Looks at the headers of every answer. */
  onAnswer?(headers: Headers): void
}

/** Calls an operation, again if that is worth while. Rejects with a GatehouseError. */
export type Transport = (
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  credentials: Credentials,
  options?: CallOptions,
) => Promise<unknown>

/** What a transport needs of a connection. */
export type Line = Pick<
  Connection,
  'url' | 'timeoutMs' | 'retries' | 'connections' | 'fetch' | 'now' | 'wait' | 'chance'
>

/** The way to one server, with a bound on its connections. */
export function transportOf(line: Line): Transport {
  const enter = holdBack(line.connections)

  async function send(
    operation: Operation,
    input: Readonly<Record<string, unknown>>,
    credentials: Credentials,
    key: string | undefined,
  ) {
    const { method, path, body } = requestOf(operation, input)
    const url = `${line.url}${path}`
    const bytes = new TextEncoder().encode(body)
    const signal = AbortSignal.timeout(line.timeoutMs)
    try {
      const leave = await enter(signal)
      try {
        const signed = await credentials.headersOf({ method, url, body: bytes })
        const headers = { accept: 'application/json', ...(key && { 'idempotency-key': key }), ...signed }
        const withBody = { headers: { ...headers, 'content-type': 'application/json' }, body: bytes }
        // A redirect would carry the signed body to wherever it points.
        const sent = { method, signal, redirect: 'manual' } as const
        const response = await line.fetch(url, { ...sent, ...(method === 'GET' ? { headers } : withBody) })
        credentials.onAnswer?.(response.headers)
        return await readAnswer(response)
      } finally {
        leave()
      }
    } catch (cause) {
      throw isGatehouseError(cause) ? cause : noAnswer(line, cause)
    }
  }

  return async (operation, input, credentials, { idempotencyKey } = {}) => {
    const ownKey = line.retries.max > 0 && takesIdempotencyKey(operation) ? newNonce() : undefined
    const key = idempotencyKey ?? ownKey
    const startedMs = line.now().getTime()
    for (let retried = 0; ; retried++) {
      try {
        return await send(operation, input, credentials, key)
      } catch (error) {
        const elapsedMs = line.now().getTime() - startedMs
        const so = { retried, elapsedMs, chance: line.chance() }
        const delayMs = isGatehouseError(error)
          ? delayBeforeRetry({ operation, error, hasKey: key !== undefined, ...so }, line.retries)
          : undefined
        if (delayMs === undefined) throw error
        await line.wait(delayMs)
      }
    }
  }
}

function noAnswer({ url, timeoutMs }: Line, cause: unknown): GatehouseError {
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return gatehouseError({ code: 'timeout', message: `${url} did not answer within ${timeoutMs} ms`, cause })
  }
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const why = reason instanceof Error ? ('code' in reason ? String(reason.code) : reason.message) : 'unknown reason'
  const hint = 'Check the address, and that the server runs.'
  return gatehouseError({ code: 'connection_failed', message: `${url} cannot be reached: ${why}`, hint, cause })
}
