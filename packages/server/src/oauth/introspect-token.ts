import { type Context, callingClient } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Form } from '../kernel/form.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ClientTokens } from './client-tokens.ts'
import { hasTokenForm } from './client-tokens.ts'

interface Tools {
  readonly tokens: ClientTokens
  readonly sessions: Sessions
  readonly issuer: string
}

const inactive = { active: false }

/**
 * What a token is good for (RFC 7662): a client's own, and with the scope `tokens` those of the clients of its tenant and
 * the access tokens that people have at it. Whoever may not know is told what is said of nonsense.
 */
export function introspectToken(tools: Tools) {
  return async (ctx: Context, form: Form): Promise<object> => {
    const token = form.get('token')
    if (token === undefined) throw new Fault('invalid_request', { detail: 'The form has no token.' })
    return hasTokenForm(token) ? describeClientToken(tools, ctx, token) : describePersonsToken(tools, ctx, token)
  }
}

async function describeClientToken({ tokens, issuer }: Tools, ctx: Context, token: string): Promise<object> {
  const caller = callingClient(ctx)
  const grant = await tokens.find(token, ctx.now)
  const isOwn = grant?.client.id === caller.id
  const mayKnow = isOwn || (caller.scopes.has('tokens') && grant?.client.tenantId === caller.tenantId)
  if (!grant || !mayKnow) return inactive
  const { row, client, scopes } = grant
  return {
    active: true,
    scope: [...scopes].join(' '),
    client_id: client.slug,
    sub: client.id,
    token_type: 'Bearer',
    iss: issuer,
    iat: Math.floor(row.created_at / secondMs),
    exp: Math.floor(row.expires_at / secondMs),
  }
}

async function describePersonsToken({ sessions }: Tools, ctx: Context, token: string): Promise<object> {
  const caller = callingClient(ctx)
  const verdict = caller.scopes.has('tokens') ? await sessions.judge(ctx, caller, token) : undefined
  // Who came in by a recovery code may do nothing at an application.
  if (!verdict?.active || verdict.session.acr === 'recovery') return inactive
  const { sub, client_id, iss, aud, iat, exp, jti, acr, amr, auth_time } = verdict.claims
  const known = { sub: String(sub), client_id, iss, aud, iat, exp, jti, acr, amr, auth_time }
  return { active: true, token_type: 'Bearer', ...known }
}
