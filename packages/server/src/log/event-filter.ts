import { events } from '@gatehouse/contract/events'
import { addressKey, canonicalAddress, networkKeys } from '../kernel/address.ts'
import type { TenantId } from '../kernel/ids.ts'
import { canonicalEmail } from '../users/email.ts'
import type { EventConditions, Walk } from './search.store.ts'

/** What a search of the record may ask for, in the caller's words; all of it together. Times in RFC 3339. */
export interface EventQuestion {
  readonly user_id?: string | undefined
  readonly email?: string | undefined
  readonly ip_address?: string | undefined
  readonly network?: string | undefined
  readonly action?: string | undefined
  readonly outcome?: string | undefined
  readonly client_system?: string | undefined
  readonly country?: string | undefined
  readonly session_id?: string | undefined
  readonly request_id?: string | undefined
  /** Included. */
  readonly since?: string | undefined
  /** Not included. */
  readonly until?: string | undefined
}

/** A question in the terms of what is stored. */
export interface EventFilter {
  readonly tenantId: TenantId
  readonly conditions: EventConditions
  /** Lists that hold all that can be found: any one is enough to look through, and the shortest is the fastest. */
  readonly ways: readonly (readonly Walk[])[]
}

/** More kinds than these are most of the record: looking each of them up saves nothing. */
const fewTypes = 24

/** Makes a filter of a question; undefined when nothing can ever answer it. */
export function filterOf(tenantId: TenantId, question: EventQuestion): EventFilter | undefined {
  const { user_id, email, ip_address, network, client_system, country, session_id, request_id } = question
  const types = typesOf(question)
  if (types?.length === 0) return undefined
  const walks = [
    walk('request_id', request_id),
    walk('session_id', session_id),
    walk('email', email === undefined ? undefined : canonicalEmail(email)),
    walk('address_key', addressKey(canonicalAddress(ip_address ?? '') ?? '') ?? undefined),
    walk('user_id', user_id),
    walk('client_system', client_system),
    walk('country', country),
  ].flat()
  return {
    tenantId,
    conditions: {
      walks,
      types,
      network: network === undefined ? undefined : networkKeys(network),
      sinceMs: question.since === undefined ? undefined : Date.parse(question.since),
      untilMs: question.until === undefined ? undefined : Date.parse(question.until),
    },
    ways: [
      ...walks.map((each) => [each]),
      ...(types && types.length <= fewTypes ? [types.flatMap((type) => walk('type', type))] : []),
      walk('tenant_id', tenantId),
    ],
  }
}

function walk(column: Walk['column'], value: Walk['value'] | undefined): Walk[] {
  return value === undefined ? [] : [{ column, value }]
}

/** The types with this action and this outcome; undefined for all. */
function typesOf({ action, outcome }: EventQuestion): readonly string[] | undefined {
  if (action === undefined && outcome === undefined) return undefined
  return Object.entries(events).flatMap(([type, kind]) =>
    (action === undefined || kind.action === action) && (outcome === undefined || kind.outcome === outcome)
      ? [type]
      : [],
  )
}
