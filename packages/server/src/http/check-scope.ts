import { Fault } from '../kernel/fault.ts'
import type { Call } from './call.ts'

/** The client must have the scope that the operation names. */
export function checkScope(call: Call): void {
  const { scope } = call.operation
  if (!call.client?.scopes.has(scope)) {
    throw new Fault('insufficient_scope', { detail: `The operation needs the scope ${scope}.` })
  }
}
