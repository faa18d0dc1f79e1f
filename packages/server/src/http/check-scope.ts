import { Fault } from '../kernel/fault.ts'
import type { Call } from './call.ts'

/** The client must have the scope that the operation names, or be the one that it does it to where that is enough. */
export function checkScope(call: Call): void {
  const { scope, selfService } = call.operation
  if (selfService && call.client && call.input['id'] === call.client.id) return
  if (scope === 'own' || !call.client?.scopes.has(scope)) {
    throw new Fault('insufficient_scope', { detail: `The operation needs the scope ${scope}.` })
  }
}
