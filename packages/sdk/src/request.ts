import type { Operation } from '@gatehouse/contract/operation'
import { gatehouseError } from './gatehouse-error.ts'
import { newNonce } from './sign-call.ts'

/** One request, before anybody has said who makes it. */
interface Request {
  readonly method: Operation['method']
  readonly path: string
  readonly body: string
}

/** Puts the input where it travels: in the path, and the rest in the query (GET) or the body (all else). */
export function requestOf({ method, path, caller }: Operation, input: Readonly<Record<string, unknown>>): Request {
  const rest = { ...input }
  const filled = path.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return checkId(name, value)
  })
  // By the classic scheme a signature covers nothing but the second and the body: without a nonce in it, the same call twice
  // in a second would be refused as a replay.
  if (method !== 'GET') {
    const nonce = caller === 'client' ? { nonce: newNonce() } : {}
    return { method, path: filled, body: JSON.stringify({ ...nonce, ...rest }) }
  }
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
