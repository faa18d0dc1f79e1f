import { type Context, callingClient, commit } from '../context.ts'
import { sha256 } from '../crypto/sha256.ts'
import { Fault } from '../kernel/fault.ts'
import type { Form } from '../kernel/form.ts'
import { record } from '../log/record.ts'
import { deleteToken, findTokenRow } from './client-token.store.ts'
import { hasTokenForm } from './client-tokens.ts'

/** Ends a token of the calling client (RFC 7009). One that is none, or somebody else's, is answered alike and stays. */
export async function revokeClientToken(ctx: Context, form: Form): Promise<object> {
  const token = form.get('token')
  if (token === undefined) throw new Fault('invalid_request', { detail: 'The form has no token.' })
  if (!hasTokenForm(token)) throw new Fault('unsupported_token_type')
  const { id } = callingClient(ctx)
  const row = await findTokenRow(ctx.db, sha256(token))
  if (row?.client_id !== id) return {}
  const data = { client_id: id, scope: (JSON.parse(row.scopes) as string[]).join(' ') }
  // Somebody may have been faster; it is gone then all the same.
  await commit(ctx, [
    deleteToken({ hash: row.hash, client_id: id }),
    record(ctx, { type: 'oauth.token_revoked', data }),
  ])
  return {}
}
