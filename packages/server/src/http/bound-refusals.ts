import { networkOf, sourceOf } from '../guard/source.ts'
import { hourMs, minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { goOn } from '../kernel/go-on.ts'
import type { Counted, Hit } from '../storage/counters.ts'
import type { House } from './call.ts'
import { type Incident, tenantOf } from './context-of.ts'

/**
 * Which refusals have an event of their own, so that nobody can fill the record, nor hide what they do behind a flood.
 * Past each bound they are counted, and one event a minute tells how many there were; the first of each kind and of
 * each network have their event all the same.
 * @returns what to answer; marked as recorded when it is counted only
 */
export function boundRefusals(house: House, incident: Incident, fault: Fault): Fault | Promise<Fault> {
  const { client, administrator, bearer, operation } = incident
  const userId = (administrator ?? bearer)?.session.user_id
  // A signed request that is sent again may come from whoever has seen it.
  const who = fault.code === 'signature_replayed' ? undefined : (client?.id ?? userId)
  if (!operation || who === undefined) return boundStranger(house, incident, fault)
  return boundCaller(house, incident, fault, { who, deed: `${operation.id} ${fault.code}` })
}

/** Whoever is known answers for what they do, and others suffer nothing by it. */
function boundCaller(
  house: House,
  incident: Incident,
  fault: Fault,
  { who, deed }: { readonly who: string; readonly deed: string },
): Fault | Promise<Fault> {
  return goOn(hit(house, incident, `refused ${who}`, house.policy.callerRefusalsPerMinute), ({ allowed }) => {
    if (allowed) return fault
    return goOn(isFirst(house, incident, `refused ${who} ${deed}`, minuteMs), (first) =>
      first ? fault : countOnly(house, incident, fault),
    )
  })
}

/** One source is told to go away past its bound. All of them together are not: who else would be told is no attacker. */
function boundStranger(house: House, incident: Incident, fault: Fault): Fault | Promise<Fault> {
  // While there is no room for any, not even a count of the source is written.
  if (house.refusals.isFull(incident.moment.now.getTime())) return keepFirst(house, incident, fault)
  const source = `stranger ${sourceOf(incident.address)}`
  return goOn(hit(house, incident, source, house.policy.strangerRefusalsPerMinute), (counted) => {
    if (counted.allowed) return boundAll(house, incident, fault)
    return goOn(isFirst(house, incident, `${source} flood`, minuteMs), (first) => {
      const retryAfterSeconds = Math.ceil(counted.retryAfterMs / secondMs)
      const refusal = new Fault('rate_limited', { retryAfterSeconds, recorded: !first })
      if (first) return boundAll(house, incident, refusal)
      tally(house, incident, fault)
      return refusal
    })
  })
}

function boundAll(house: House, incident: Incident, fault: Fault): Fault | Promise<Fault> {
  const limit = house.policy.allStrangerRefusalsPerMinute
  return goOn(hit(house, incident, 'strangers', limit), ({ allowed, retryAfterMs }) => {
    if (allowed) return fault
    house.refusals.fill(incident.moment.now.getTime() + retryAfterMs)
    return keepFirst(house, incident, fault)
  })
}

/** What is tried in whose name is told once a minute, and once an hour that a network was there. */
function keepFirst(house: House, incident: Incident, fault: Fault): Fault | Promise<Fault> {
  const { claimed, address } = incident
  const kind = isFirst(house, incident, `strangers ${fault.code} ${claimed?.id}`, minuteMs)
  return goOn(kind, (isNewKind) =>
    goOn(isFirst(house, incident, `stranger network ${networkOf(address)}`, hourMs), (isNewNetwork) => {
      if (isNewKind) return fault
      if (!isNewNetwork) return countOnly(house, incident, fault)
      // Whoever has many networks fills no more than as much again.
      const room = hit(house, incident, 'stranger networks', house.policy.allStrangerRefusalsPerMinute)
      return goOn(room, ({ allowed }) => (allowed ? fault : countOnly(house, incident, fault)))
    }),
  )
}

function countOnly(house: House, incident: Incident, fault: Fault): Fault {
  tally(house, incident, fault)
  return new Fault(fault.code, { ...fault.options, recorded: true })
}

function tally(house: House, incident: Incident, { code }: Fault): void {
  const { claimed, client, administrator, bearer, moment } = incident
  const kind = {
    tenantId: tenantOf(incident),
    code,
    client: (client ?? administrator?.client ?? bearer?.client ?? claimed)?.slug ?? null,
    userId: (administrator ?? bearer)?.session.user_id,
    isProven: (client ?? administrator ?? bearer) !== undefined,
  }
  house.refusals.add(kind, moment.now.getTime())
}

function hit({ storage }: House, { moment, owed }: Incident, name: string, limit: number): Counted<Hit> {
  const counted = storage.counters.hit(name, { limit, windowMs: minuteMs }, moment.now.getTime())
  return goOn(counted, (verdict) => {
    if (verdict.owed) owed.push(verdict.owed)
    return verdict
  })
}

function isFirst(
  { storage }: House,
  { moment, owed }: Incident,
  name: string,
  ttlMs: number,
): boolean | Promise<boolean> {
  return goOn(storage.counters.once(name, ttlMs, moment.now.getTime()), (seen) => {
    if (seen.owed) owed.push(seen.owed)
    return seen.first
  })
}
