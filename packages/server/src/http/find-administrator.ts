import { dutyOf } from '@gatehouse/contract/administration'
import { findStanding, type Standing } from '../administrators/find-standing.ts'
import { findTenant } from '../clients/find-tenant-id.ts'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { consoleSlug, systemTenantId } from '../kernel/tenants.ts'
import { clientNameIn } from '../sessions/access-token.ts'
import type { Call, House } from './call.ts'
import { contextOf } from './context-of.ts'
import { bearerToken } from './find-bearer.ts'

/** Whether the request shows an access token of an administrator, good or not. */
export function showsAdministrator({ headers }: Pick<Call, 'headers'>): boolean {
  const token = bearerToken(headers)
  return token !== undefined && clientNameIn(token) === consoleSlug
}

/**
 * The administrator whose access token this is, in the tenant that X-Tenant names. Token, role and tenant are judged by
 * their rows as they are now, on every request: what was taken away is gone for the next one.
 */
export async function findAdministrator(call: Call, house: House): Promise<void> {
  const { headers, moment } = call
  const token = bearerToken(headers)
  if (token === undefined) {
    call.answerHeaders['www-authenticate'] = 'Bearer'
    throw new Fault('authentication_required', { hint: 'Send the access token of an administrator.' })
  }
  if (headers['x-signature'] !== undefined || headers['signature-input'] !== undefined) {
    throw new Fault('signature_invalid', { detail: 'A signature and a token cannot stand in one request.' })
  }
  const ctx: Context = { ...contextOf(call, house), tenantId: systemTenantId }
  const client = showsAdministrator(call) ? await house.clients.find(consoleSlug, moment.now) : undefined
  if (client && !client.allowList.admits(call.address)) {
    throw new Fault('client_not_allowed', { detail: `The call came from ${call.address}.` })
  }
  const verdict = client && (await house.sessions.judge(ctx, client, token))
  if (!client || !verdict?.active) return refuseToken(call)
  const { session } = verdict
  // From here on the record says who it was that tried.
  call.bearer = { client, session }
  if (session.acr === 'recovery') throw new Fault('recovery_only')
  const standing = await findStanding(ctx, session.user_id)
  if (!standing) return refuseToken(call)
  if (session.acr !== 'aal2') throw new Fault('mfa_required')

  const tenant = await findTenantFor(call, house, standing)
  // One answer for what is not there and what is not theirs.
  if (!tenant) throw new Fault('insufficient_scope', { detail: 'You do not look after a tenant of this name.' })
  call.bearer = undefined
  call.administrator = { client, session, role: standing.role, tenant, reason: readReason(headers['x-reason']) }
}

/** The tenant that it is about: never by the header alone, but of those that the administrator looks after. */
async function findTenantFor({ headers, operation }: Call, house: House, { tenants }: Standing) {
  const duty = dutyOf(operation.id)
  if (operation.caller === 'admin') {
    return duty.ofHouse && tenants !== null ? undefined : { id: systemTenantId, isTest: false }
  }
  const name = headers['x-tenant'] ?? 'default'
  if (typeof name !== 'string') return undefined
  const tenant = await findTenant(house.storage, name)
  if (tenant?.id === systemTenantId && !duty.ofHouse) return undefined
  return tenants === null || tenants.includes(name) ? tenant : undefined
}

function refuseToken(call: Call): never {
  call.answerHeaders['www-authenticate'] = 'Bearer error="invalid_token"'
  throw new Fault('token_invalid')
}

/** Text of any language, percent-encoded: a header is ASCII. */
function readReason(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header === '') return undefined
  try {
    const text = decodeURIComponent(header).trim()
    if (text.length > 0 && text.length <= 500 && text.isWellFormed() && !text.includes('\0')) return text
  } catch {
    // What cannot be read is no reason.
  }
  throw new Fault('invalid_request', { detail: 'X-Reason is at most 500 characters, percent-encoded UTF-8.' })
}
