import * as codeApi from '@gatehouse/contract/hosted-operations'
import { type Scope, scopes } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { Authenticated } from '@gatehouse/contract/resources'
import * as api from '@gatehouse/contract/session-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import { redeemCode } from '../hosted/redeem-code.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Form } from '../kernel/form.ts'
import { parseInput } from '../kernel/parse-input.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { refreshSession } from '../sessions/refresh-session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Proof } from './authenticate-client.ts'
import { insertToken } from './client-token.store.ts'
import { grantableScopes } from './judge-client-token.ts'

interface Tools {
  readonly policy: Policy
  readonly sessions: Sessions
  readonly keys: Keyring
}

/** What a grant gives (RFC 6749, section 4): to a client for itself, or for somebody who has signed in on our pages. */
export function issueToken(tools: Tools) {
  const forClient = issueClientToken(tools)
  const redeem = redeemCode(tools)
  const refresh = refreshSession(tools)
  return async (ctx: Context, form: Form, proof: Proof): Promise<object> => {
    const grant = form.get('grant_type')
    if (grant === undefined) throw new Fault('invalid_request', { detail: 'The form has no grant_type.' })
    if (grant === 'client_credentials') return forClient(ctx, form, proof)
    if (grant !== 'authorization_code' && grant !== 'refresh_token') throw new Fault('grant_type_unsupported')
    if (!callingClient(ctx).scopes.has('auth')) {
      throw new Fault('insufficient_scope', { detail: 'The client needs the scope auth.' })
    }
    const { code, redirect_uri, code_verifier, refresh_token } = Object.fromEntries(form)
    const answer =
      grant === 'authorization_code'
        ? await redeem(ctx, parseInput(codeApi.redeemCode.input, { code, redirect_uri, code_verifier }))
        : await refresh(ctx, parseInput(api.refreshSession.input, { refresh_token }))
    return showTokens(answer)
  }
}

/** RFC 6749, section 5.1. What is ours alone stands beside it. */
function showTokens({ access_token, token_type, expires_in, refresh_token, session_token }: Authenticated): object {
  return { access_token, token_type, expires_in, refresh_token, session_token }
}

/** An access token for the client itself (RFC 6749, section 4.4): opaque, short, and never with a refresh token. */
function issueClientToken({ policy }: { readonly policy: Policy }) {
  return async (ctx: Context, form: Form, proof: Proof): Promise<object> => {
    const client = callingClient(ctx)
    const granted = chooseScopes(form.get('scope'), grantableScopes(client))
    const token = randomToken('oat_', ctx)
    const nowMs = ctx.now.getTime()
    const scope = granted.join(' ')
    await commit(ctx, [
      insertToken({
        hash: sha256(token),
        tenant_id: client.tenantId,
        client_id: client.id,
        client_slug: client.slug,
        credential: proof.credential,
        scopes: JSON.stringify(granted),
        created_at: nowMs,
        expires_at: nowMs + policy.oauthTokenSeconds * secondMs,
      }),
      record(ctx, { type: 'oauth.token_issued', data: { client_id: client.id, scope, credential: proof.credential } }),
    ])
    return { access_token: token, token_type: 'Bearer', expires_in: policy.oauthTokenSeconds, scope }
  }
}

/** What was asked for, all of which must be there to be had; all of that when nothing was asked for. */
function chooseScopes(asked: string | undefined, grantable: readonly Scope[]): readonly Scope[] {
  const names = asked?.split(' ') ?? []
  const missing = names.find((name) => !grantable.some((scope) => scope === name))
  if (missing !== undefined || (asked === undefined && grantable.length === 0)) {
    const known = scopes.find((scope) => scope === missing)
    throw new Fault(
      'scope_unavailable',
      known ? { detail: `The client cannot have the scope ${known} by a token.` } : {},
    )
  }
  return asked === undefined ? grantable : grantable.filter((scope) => names.includes(scope))
}
