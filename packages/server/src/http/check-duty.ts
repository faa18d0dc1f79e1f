import { dutyOf } from '@gatehouse/contract/administration'
import type { Administrator } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call } from './call.ts'

/** The role must have the operation, all of what was sent be for administrators, and a reason be given where one is owed. */
export function checkDuty({ operation, input }: Call, { role, reason }: Administrator): void {
  const duty = dutyOf(operation.id)
  if (!duty.roles.includes(role)) {
    throw new Fault('insufficient_scope', { detail: `The role ${role} does not have ${operation.id}.` })
  }
  const withheld = duty.withheld?.find((name) => input[name] !== undefined)
  if (withheld !== undefined) {
    throw new Fault('insufficient_scope', { detail: `No administrator gives ${withheld}.` })
  }
  if (duty.sensitive && input['reason'] === undefined && reason === undefined) {
    throw new Fault('invalid_request', {
      detail: 'Say why: in `reason` where the operation has it, else in the header X-Reason.',
      errors: [{ pointer: '/reason', code: 'required' }],
    })
  }
}
