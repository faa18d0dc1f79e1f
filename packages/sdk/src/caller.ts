import type { Input, Operation, Output } from '@gatehouse/contract/operation'
import type { Connection } from './connection.ts'
import { type GatehouseError, gatehouseError, isGatehouseError } from './gatehouse-error.ts'
import { readAnswer } from './read-answer.ts'
import { callSigner, newNonce } from './sign-call.ts'

/** Calls an operation of the contract; its input is one object, wherever the parts of it travel. Throws GatehouseError. */
export type Call = <O extends Operation>(operation: O, input: Input<O>) => Promise<Output<O>>

/** One request, before it is signed. */
interface Request {
  readonly method: Operation['method']
  readonly path: string
  readonly body: string
}

/** Signs and sends. It remembers how far the clock of the server is from ours, once the server has said so. */
export function callerOf(connection: Connection): Call {
  const sign = callSigner(connection)
  let clockOffsetMs = 0

  async function send({ method, path, body }: Request): Promise<unknown> {
    const url = `${connection.url}${path}`
    const bytes = new TextEncoder().encode(body)
    const timestamp = Math.floor((connection.now().getTime() + clockOffsetMs) / 1000)
    const headers = { accept: 'application/json', ...(await sign({ method, url, body: bytes, timestamp })) }
    const signal = AbortSignal.timeout(connection.timeoutMs)
    // A redirect would carry the signed body to wherever it points.
    const sent = { method, signal, redirect: 'manual' } as const
    try {
      const response = await connection.fetch(url, {
        ...sent,
        ...(method === 'GET'
          ? { headers }
          : { headers: { ...headers, 'content-type': 'application/json' }, body: bytes }),
      })
      return await readAnswer(response)
    } catch (cause) {
      throw isGatehouseError(cause) ? cause : noAnswer(connection, cause)
    }
  }

  return async <O extends Operation>(operation: O, input: Input<O>): Promise<Output<O>> => {
    const parts = input as Readonly<Record<string, unknown>>
    try {
      return (await send(requestOf(operation, parts))) as Output<O>
    } catch (error) {
      if (!isGatehouseError(error, 'signature_timestamp_out_of_range') || error.serverTime === undefined) throw error
      clockOffsetMs = error.serverTime.getTime() - connection.now().getTime()
      return (await send(requestOf(operation, parts))) as Output<O>
    }
  }
}

/** Puts the input where it travels: in the path, and the rest in the query (GET) or the body (all else). */
function requestOf({ method, path }: Operation, input: Readonly<Record<string, unknown>>): Request {
  const rest = { ...input }
  const filled = path.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return checkId(name, value)
  })
  // By the classic scheme a signature covers nothing but the second and the body: without a nonce in it, the same call twice
  // in a second would be refused as a replay.
  if (method !== 'GET') return { method, path: filled, body: JSON.stringify({ nonce: newNonce(), ...rest }) }
  const query = new URLSearchParams(
    Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
  return { method, path: query.size > 0 ? `${filled}?${query}` : filled, body: '' }
}

/** Ids are plain. Something else could lead to another path than the one that was meant: `..` for one. */
function checkId(name: string, value: unknown): string {
  if (typeof value === 'string' && /^\w{1,64}$/.test(value)) return value
  const errors = [{ pointer: `/${name}`, code: 'invalid_format' }]
  throw gatehouseError({ code: 'invalid_request', message: `${name} is not an id`, errors })
}

function noAnswer({ url, timeoutMs }: Connection, cause: unknown): GatehouseError {
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return gatehouseError({ code: 'timeout', message: `${url} did not answer within ${timeoutMs} ms`, cause })
  }
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const why = reason instanceof Error ? ('code' in reason ? String(reason.code) : reason.message) : 'unknown reason'
  const hint = 'Check the address, and that the server runs.'
  return gatehouseError({ code: 'connection_failed', message: `${url} cannot be reached: ${why}`, hint, cause })
}
