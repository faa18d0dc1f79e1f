import type { Output } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { readTokenKeys as Contract } from '@gatehouse/contract/verification-operations'
import { type Context, callingClient, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import type { TokenKeys } from './token-keys.ts'

interface Tools {
  readonly tokenKeys: TokenKeys
  readonly policy: Policy
  readonly issuer: string
}

/** Hands a client the key of its own tokens, if that is what its operator wants; it stands in the record before it leaves. */
export function readTokenKeys({ tokenKeys, policy, issuer }: Tools) {
  return async (ctx: Context): Promise<Output<typeof Contract>> => {
    const client = callingClient(ctx)
    if (!client.localVerification) throw new Fault('local_verification_off')
    const keys = tokenKeys.export(client)
    const data = { client_id: client.id, key_id: keys.map(({ id }) => id).join(' ') }
    await commit(ctx, [record(ctx, { type: 'token_key.read', data })])
    return {
      issuer,
      client_id: client.slug,
      access_token_seconds: policy.accessTokenSeconds,
      keys: keys.map(({ id, bytes }) => ({ id, alg: 'HS256', key: Buffer.from(bytes).toString('base64url') })),
    }
  }
}
