import { Fault } from '../kernel/fault.ts'
import type { Call } from './call.ts'
import { checkDuty } from './check-duty.ts'

/**
 * The client must have the scope that the operation names, or be the one that it does it to where that is enough. An
 * administrator must have it by their role.
 */
export function checkScope(call: Call): void {
  if (call.administrator) {
    checkDuty(call, call.administrator)
    return
  }
  const { scope, selfService, signedOnly, method } = call.operation
  const isOnlyRead = method === 'GET' || call.granted === undefined
  if (signedOnly && call.granted) {
    throw new Fault('insufficient_scope', { detail: 'The operation needs a signed request; a token does not do.' })
  }
  if (selfService && isOnlyRead && call.client && call.input['id'] === call.client.id) return
  if (scope === 'own' || !call.client?.scopes.has(scope)) {
    throw new Fault('insufficient_scope', { detail: `The operation needs the scope ${scope}.` })
  }
}
