import { clientSlugForm } from '@gatehouse/contract/fields'
import type { Client } from '../clients/client.ts'
import { Fault } from '../kernel/fault.ts'
import { goOn } from '../kernel/go-on.ts'
import type { Call, House } from './call.ts'
import { findAdministrator, showsAdministrator } from './find-administrator.ts'

/** What a token of a client application begins with. */
const bearer = /^Bearer (oat_[!-~]{1,128})$/i

/**
 * The client must be known and its list must admit the address. One answer for both, so that names cannot be tried out. An
 * administrator calls in its place.
 */
export function findClient(call: Call, house: House): void | Promise<void> {
  const { authorization } = call.headers
  if (authorization !== undefined) {
    const token = bearer.exec(authorization)?.[1]
    if (token !== undefined) return findByToken(call, house, token)
    if (showsAdministrator(call)) return findAdministrator(call, house)
  }
  const slug = call.headers['x-client-id']
  if (typeof slug !== 'string' || slug === '') throw new Fault('signature_missing')
  const found = clientSlugForm.test(slug) ? house.clients.find(slug, call.moment.now) : undefined
  return goOn(found, (client) => void admit(call, client))
}

/** The same for a client that was named elsewhere. */
export async function findNamedClient(call: Call, house: House, slug: string): Promise<Client> {
  return admit(call, clientSlugForm.test(slug) ? await house.clients.find(slug, call.moment.now) : undefined)
}

function admit(call: Call, client: Client | undefined): Client {
  if (!client?.allowList.admits(call.address)) {
    throw new Fault('client_not_allowed', { detail: `The call came from ${call.address}.` })
  }
  call.claimed = client
  return client
}

/**
 * The client whose token this is (RFC 6750, section 2.1). A token that is none and one that comes from elsewhere are
 * refused alike: a thief does not learn that it is good.
 */
async function findByToken(call: Call, house: House, token: string): Promise<void> {
  if (call.headers['x-signature'] !== undefined || call.headers['signature-input'] !== undefined) {
    throw new Fault('signature_invalid', { detail: 'A signature and a token cannot stand in one request.' })
  }
  const grant = await house.clientTokens.find(token, call.moment.now)
  if (!grant?.client.allowList.admits(call.address)) {
    call.answerHeaders['www-authenticate'] = 'Bearer error="invalid_token"'
    throw new Fault('token_invalid', { detail: `The call came from ${call.address}.` })
  }
  call.claimed = grant.client
  call.granted = grant.scopes
}
