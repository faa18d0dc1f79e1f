import { clientSlugForm } from '@gatehouse/contract/fields'
import type { Client } from '../clients/client.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'

/** The client must be known and its list must admit the address. One answer for both, so that names cannot be tried out. */
export function findClient(call: Call, house: House): void | Promise<void> {
  const slug = call.headers['x-client-id']
  if (typeof slug !== 'string' || slug === '') throw new Fault('signature_missing')
  const found = clientSlugForm.test(slug) ? house.clients.find(slug, call.moment.now) : undefined
  if (found instanceof Promise) return found.then((client) => admit(call, client))
  admit(call, found)
}

function admit(call: Call, client: Client | undefined): void {
  if (!client?.allowList.admits(call.address)) {
    throw new Fault('client_not_allowed', { detail: `The call came from ${call.address}.` })
  }
  call.claimed = client
}
