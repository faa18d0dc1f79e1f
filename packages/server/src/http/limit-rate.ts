import type { RateClass } from '@gatehouse/contract/operation'
import type { PolicyKey } from '@gatehouse/contract/policy'
import { countRequest } from '../guard/count-request.ts'
import { sourceOf } from '../guard/source.ts'
import { goOn } from '../kernel/go-on.ts'
import type { Call, House } from './call.ts'
import { tellBudget } from './tell-budget.ts'

/** The number of the policy for each class. */
const limitOf: Readonly<Record<RateClass, PolicyKey>> = {
  auth: 'rateAuthPerMinute',
  validate: 'rateValidatePerMinute',
  users: 'rateUsersPerMinute',
  devices: 'rateDevicesPerMinute',
  other: 'rateOtherPerMinute',
}

/**
 * Requests of one class in any minute, by client and source: the person's address where the signed body tells it, else
 * the machine that called. What counts against an account as well is counted where the account is known.
 */
export function limitRate(call: Call, house: House): void | Promise<void> {
  const { client, operation, input, owed, moment } = call
  const rate = operation.rate
  const limit = client?.limits[rate] ?? house.policy[limitOf[rate]]
  const endUser = input['end_user'] as { readonly ip?: string } | undefined
  const who = client?.id ?? (call.administrator ?? call.bearer)?.session.user_id
  const name = `rate ${rate} ${who} ${sourceOf(endUser?.ip ?? call.address)}`
  const counted = countRequest({ storage: house.storage, owed, now: moment.now }, name, limit)
  return goOn(counted, ({ hit, refusal }) => {
    tellBudget(call, rate, limit, hit)
    if (refusal) throw refusal
  })
}
