import type { Policy } from '@gatehouse/contract/policy'
import type { Client } from '../clients/client.ts'
import { matchSecret } from '../clients/signatures/match-secret.ts'
import { type Context, once, update } from '../context.ts'
import { hmacSha256 } from '../crypto/hmac-sha256.ts'
import { hasSecretChecksum } from '../crypto/random-token.ts'
import { sourceOf } from '../guard/source.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { SecretId } from '../kernel/ids.ts'
import { refuse } from '../log/refuse.ts'
import { judgeAssertion } from './judge-assertion.ts'
import type { Credentials } from './read-credentials.ts'
import { countAttempt, SecretAttempts } from './secret-attempts.ts'

/** By what a client has proven itself. */
export interface Proof {
  /** The id of the secret, or the thumbprint of the key. */
  readonly credential: string
  readonly secretId: SecretId | undefined
}

interface Tools {
  readonly policy: Policy
  readonly issuer: string
}

/**
 * Judges what a client shows, of whom the address is admitted already. Failures in a row from one source close the way for
 * both; an assertion is accepted once.
 * @throws Fault
 */
export function authenticateClient({ policy, issuer }: Tools) {
  return async (ctx: Context, client: Client, credentials: Credentials, address: string): Promise<Proof> => {
    if (!client.schemes.has('oauth')) {
      throw new Fault('signature_scheme_not_allowed', { detail: 'The client may not use tokens (scheme oauth).' })
    }
    const tally = `oauth ${client.id} ${sourceOf(address)}`
    await count(ctx, tally, policy)
    const proof = await judge(ctx, client, credentials)
    if (!proof) {
      const data = { client_id: client.id, way: credentials.kind }
      return refuse(ctx, 'client_credentials_invalid', { event: { type: 'oauth.client_rejected', data } })
    }
    await update(ctx, tally, 1, () => ({ kept: undefined, result: undefined }))
    return proof
  }

  async function judge(ctx: Context, client: Client, credentials: Credentials): Promise<Proof | undefined> {
    if (credentials.kind === 'secret') {
      const id = findSecret(ctx, client, credentials.secret)
      return id && { credential: id, secretId: id }
    }
    const rules = {
      slug: client.slug,
      keys: client.publicKeys,
      audiences: [issuer, `${issuer}/oauth/token`],
      mostSeconds: policy.oauthAssertionSeconds,
      now: ctx.now,
    }
    const verdict = judgeAssertion(credentials.assertion, rules)
    if (!verdict.valid) return undefined
    const ttlMs = verdict.expiresAt - ctx.now.getTime() + secondMs
    const isFirst = await once(ctx, `assertion ${client.id} ${verdict.jti}`, ttlMs)
    return isFirst ? { credential: verdict.keyId, secretId: undefined } : undefined
  }
}

/** The live secret that was shown, compared under a key so that time tells nothing. */
function findSecret({ now }: Context, client: Client, shown: string): SecretId | undefined {
  if (!hasSecretChecksum(shown)) return undefined
  const mark = 'client_secret'
  return matchSecret(client, now, hmacSha256(Buffer.from(shown))(mark), mark)?.id
}

async function count(ctx: Context, tally: string, policy: Policy): Promise<void> {
  const lockMs = policy.loginLockSeconds * secondMs
  const nowMs = ctx.now.getTime()
  const lockedUntil = await update(ctx, tally, lockMs, (kept) => {
    const before = kept === undefined ? undefined : SecretAttempts.parse(JSON.parse(kept))
    const next = countAttempt(before, nowMs, { failures: policy.oauthSecretFailures, lockMs })
    return next ? { kept: JSON.stringify(next), result: 0 } : { kept, result: before?.lockedUntil ?? 0 }
  })
  if (lockedUntil === 0) return
  throw new Fault('too_many_attempts', { retryAfterSeconds: Math.ceil((lockedUntil - nowMs) / secondMs) })
}
