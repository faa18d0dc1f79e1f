import { Fault } from '../kernel/fault.ts'
import { parseInput } from '../kernel/parse-input.ts'
import { parseJson } from '../kernel/parse-json.ts'
import type { Call, House } from './call.ts'
import { parseQuery } from './routes.ts'

/** Query or body, and the parameters of the path over them, become the operation's input. */
export function parseBody(call: Call, house: House): void {
  const { operation, parameters, query, body } = call
  const reads = operation.method === 'GET'
  if (!reads && query !== '') {
    throw new Fault('unknown_parameter', { detail: 'This operation takes no query.' })
  }
  // People's calls are not signed: what has nothing to say needs no body.
  const isEmpty = (operation.caller === 'user' || call.administrator !== undefined) && body.length === 0
  const given = reads
    ? parseQuery(query)
    : isEmpty
      ? {}
      : parseJson(body, { depth: house.policy.bodyDepth, names: house.policy.bodyNames })
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Fault('invalid_request', { detail: 'The body must be a JSON object.' })
  }
  const all = Object.keys(parameters).length === 0 ? given : { ...given, ...parameters }
  const { nonce: _, ...input } = parseInput(operation.input, all)
  call.input = input
}
