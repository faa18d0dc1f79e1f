import { clientSlugForm } from '@gatehouse/contract/fields'
import { commit, settle } from '../context.ts'
import type { Fault } from '../kernel/fault.ts'
import { goOn } from '../kernel/go-on.ts'
import { record } from '../log/record.ts'
import { boundRefusals } from './bound-refusals.ts'
import type { House } from './call.ts'
import { contextOf, type Incident } from './context-of.ts'
import { toFault } from './problem.ts'

/**
 * Puts a refusal on record, unless the operation has done so. One that cannot be recorded is answered as what it then
 * is: our storage failing.
 * @returns what to answer
 */
export function recordRefusal(house: House, incident: Incident, fault: Fault): Fault | Promise<Fault> {
  const ours = fault.code === 'internal_error' || fault.code === 'overloaded' || fault.code === 'storage_unavailable'
  const giveUp = (error: unknown) => (ours ? fault : toFault(error))
  try {
    const said = fault.options.recorded || ours ? fault : boundRefusals(house, incident, fault)
    const written = goOn(said, (each) => writeDown(house, incident, each, ours))
    return written instanceof Promise ? written.catch(giveUp) : written
  } catch (error) {
    return giveUp(error)
  }
}

/** Nobody waits where there is nothing to write: most of a flood. */
function writeDown(house: House, incident: Incident, fault: Fault, ours: boolean): Fault | Promise<Fault> {
  if (!fault.options.recorded && !ours) return putOnRecord(house, incident, fault)
  return incident.owed.length === 0 ? fault : settle({ storage: house.storage, owed: incident.owed }).then(() => fault)
}

async function putOnRecord(house: House, incident: Incident, fault: Fault): Promise<Fault> {
  const ctx = contextOf(incident, house)
  const who = incident.administrator ?? incident.bearer
  const operation = incident.operation?.id ?? null
  await commit(ctx, [
    record(ctx, {
      type: 'request.refused',
      userId: who?.session.user_id,
      sessionId: who?.session.id,
      data: { code: fault.code, operation, ...claimOf(incident) },
    }),
  ])
  return fault
}

/** Who somebody without a proof said to be. They may have sent a secret in place of the name. */
function claimOf({ client, bearer, administrator, headers }: Incident) {
  if (client || bearer || administrator) return {}
  const name = String(headers['x-client-id'] ?? '')
  return { claimed_client: clientSlugForm.test(name) ? name : null }
}
