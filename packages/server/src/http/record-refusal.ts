import { clientSlugForm } from '@gatehouse/contract/fields'
import { commit, settle } from '../context.ts'
import { sourceOf } from '../guard/source.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import type { House } from './call.ts'
import { contextOf, type Incident } from './context-of.ts'
import { toFault } from './problem.ts'

/**
 * Puts a refusal on record, unless the operation has done so. One that cannot be recorded is answered as what it then
 * is: our storage failing.
 * @returns what to answer
 */
export async function recordRefusal(house: House, incident: Incident, fault: Fault): Promise<Fault> {
  const ours = fault.code === 'internal_error' || fault.code === 'overloaded' || fault.code === 'storage_unavailable'
  try {
    const ctx = contextOf(incident, house)
    if (fault.options.recorded || ours) {
      await settle(ctx)
      return fault
    }
    // A signed request that is sent again may come from whoever has seen it.
    const who = incident.administrator ?? incident.bearer
    const isProven = (incident.client || who) && fault.code !== 'signature_replayed'
    const isStranger = incident.operation === undefined || !isProven
    const said = isStranger ? await countStranger(house, incident, fault) : fault
    if (!said.options.recorded) {
      const operation = incident.operation?.id ?? null
      await commit(ctx, [
        record(ctx, {
          type: 'request.refused',
          userId: who?.session.user_id,
          sessionId: who?.session.id,
          data: { code: said.code, operation, ...claimOf(incident) },
        }),
      ])
    }
    return said
  } catch (error) {
    return ours ? fault : toFault(error)
  }
}

/** Who somebody without a proof said to be. They may have sent a secret in place of the name. */
function claimOf({ client, bearer, administrator, headers }: Incident) {
  if (client || bearer || administrator) return {}
  const name = String(headers['x-client-id'] ?? '')
  return { claimed_client: clientSlugForm.test(name) ? name : null }
}

/**
 * A stranger's refusals are on record one by one up to a point. Past it one event a minute stands for them all: they cost
 * us almost nothing, and the disk nothing at all.
 */
async function countStranger(house: House, { address, moment, owed }: Incident, fault: Fault): Promise<Fault> {
  const { counters } = house.storage
  const nowMs = moment.now.getTime()
  const source = `stranger ${sourceOf(address)}`
  const window = { limit: house.policy.strangerRefusalsPerMinute, windowMs: minuteMs }
  const counted = await counters.hit(source, window, nowMs)
  if (counted.owed) owed.push(counted.owed)
  if (counted.allowed) return fault
  const flood = await counters.once(`${source} flood`, minuteMs, nowMs)
  if (flood.owed) owed.push(flood.owed)
  const retryAfterSeconds = Math.ceil(counted.retryAfterMs / secondMs)
  return new Fault('rate_limited', { retryAfterSeconds, recorded: !flood.first })
}
