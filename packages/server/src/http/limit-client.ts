import { countRequest } from '../guard/count-request.ts'
import { goOn } from '../kernel/go-on.ts'
import type { Call, House } from './call.ts'
import { tellBudget } from './tell-budget.ts'

/**
 * All requests of a client in any minute, where it has been given such a limit. Before the body is read, since who has
 * the secret could name a new person in each, or nobody that makes sense.
 */
export function limitClient(call: Call, house: House): void | Promise<void> {
  const { client, owed, moment } = call
  const limit = client?.limits.total
  if (limit === undefined) return
  const counting = { storage: house.storage, owed, now: moment.now }
  return goOn(countRequest(counting, `rate total ${client?.id}`, limit), ({ hit, refusal }) => {
    tellBudget(call, 'total', limit, hit)
    if (refusal) throw refusal
  })
}
