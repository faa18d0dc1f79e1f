import type { RateClass } from '@gatehouse/contract/operation'
import type { PolicyKey } from '@gatehouse/contract/policy'
import { sourceOf } from '../guard/source.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { emailKey } from '../users/email.ts'
import type { Call, House } from './call.ts'

/** The number of the policy for each class. */
const limitOf: Readonly<Record<RateClass, PolicyKey>> = {
  auth: 'rateAuthPerMinute',
  validate: 'rateValidatePerMinute',
  users: 'rateUsersPerMinute',
  other: 'rateOtherPerMinute',
}

/**
 * Requests of one class in any minute, by client and source: the person's address where the signed body tells it, else
 * the machine that called. Sign-ins count against the account as well, so that many sources do not add up.
 */
export async function limitRate(call: Call, house: House): Promise<void> {
  const { client, operation, input } = call
  const rate = operation.rate
  const limit = client?.limits[rate] ?? house.policy[limitOf[rate]]
  const endUser = input['end_user'] as { readonly ip?: string } | undefined
  const source = sourceOf(endUser?.ip ?? call.address)
  const names = [`rate ${rate} ${client?.id} ${source}`]
  if (rate === 'auth' && typeof input['email'] === 'string')
    names.push(`rate ${rate} ${client?.id} ${emailKey(input['email'])}`)

  for (const name of names) {
    const nowMs = call.moment.now.getTime()
    const { owed, ...hit } = await house.storage.counters.hit(name, { limit, windowMs: minuteMs }, nowMs)
    if (owed) call.owed.push(owed)
    const retryAfterSeconds = Math.ceil(hit.retryAfterMs / secondMs)
    call.answerHeaders['ratelimit-policy'] = `"${rate}";q=${limit};w=60`
    call.answerHeaders['ratelimit'] = `"${rate}";r=${hit.remaining};t=${retryAfterSeconds}`
    if (hit.allowed) continue
    // The first refusal of a minute is on record, the others would only fill it.
    const first = await house.storage.counters.once(`${name} refused`, minuteMs, nowMs)
    if (first.owed) call.owed.push(first.owed)
    throw new Fault('rate_limited', { retryAfterSeconds, recorded: !first.first })
  }
}
