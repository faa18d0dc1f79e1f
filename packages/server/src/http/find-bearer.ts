import { clientSlugForm } from '@gatehouse/contract/fields'
import { Fault } from '../kernel/fault.ts'
import { consoleSlug } from '../kernel/tenants.ts'
import { clientNameIn } from '../sessions/access-token.ts'
import type { Call, House } from './call.ts'
import { contextOf } from './context-of.ts'

const bearer = /^Bearer ([\x21-\x7e]{1,4096})$/

/** The access token that a request shows. */
export function bearerToken({ authorization }: Call['headers']): string | undefined {
  return authorization === undefined ? undefined : bearer.exec(authorization)?.[1]
}

/** The person who calls, by the access token that a client application was given for them (RFC 6750, section 2.1). */
export async function findBearer(call: Call, house: House): Promise<void> {
  const token = bearerToken(call.headers)
  if (token === undefined) {
    call.answerHeaders['www-authenticate'] = 'Bearer'
    throw new Fault('authentication_required', { hint: 'Send the access token of a sign-in: Authorization: Bearer ….' })
  }
  const name = clientNameIn(token)
  const client =
    name !== undefined && clientSlugForm.test(name) ? await house.clients.find(name, call.moment.now) : undefined
  // Administrators come from the list of the console, to their own account too.
  if (client?.slug === consoleSlug && !client.allowList.admits(call.address)) {
    throw new Fault('client_not_allowed', { detail: `The call came from ${call.address}.` })
  }
  const verdict = client && (await house.sessions.judge(contextOf(call, house), client, token))
  if (!client || !verdict?.active) {
    call.answerHeaders['www-authenticate'] = 'Bearer error="invalid_token"'
    throw new Fault('token_invalid')
  }
  call.bearer = { client, session: verdict.session }
}
