import { type Context, callingClient, once } from '../context.ts'
import type { Home } from '../crypto/seal.ts'
import { sha256 } from '../crypto/sha256.ts'
import type { Keyring } from '../keys/keyring.ts'

/** How long somebody may look at the dialog, and at a page that offers a passkey in a field. */
export const passkeyChallengeMs = 300_000

/**
 * A challenge that says itself for whom it was made and until when, sealed: a page that offers passkeys to every visitor
 * stores nothing. It is bound to the client, and has 32 bytes of chance.
 */
export function sealPasskeyChallenge(ctx: Context, keys: Keyring): string {
  const head = Buffer.alloc(8)
  head.writeBigUInt64BE(BigInt(ctx.now.getTime() + passkeyChallengeMs))
  return keys.seal(Buffer.concat([head, ctx.random(32)]), homeOf(ctx), ctx).toString('base64url')
}

/** Whether this is a challenge of ours to this client. It is used up, whatever comes of the answer. */
export async function usePasskeyChallenge(ctx: Context, keys: Keyring, challenge: string): Promise<boolean> {
  const sealed = Buffer.from(challenge, 'base64url')
  if (sealed.toString('base64url') !== challenge) return false
  const opened = openQuietly(() => keys.open(sealed, homeOf(ctx)))
  if (opened?.length !== 40 || Number(opened.readBigUInt64BE()) <= ctx.now.getTime()) return false
  return once(ctx, `passkey ${sha256(sealed).toString('hex')}`, passkeyChallengeMs)
}

function homeOf(ctx: Context): Home {
  return { table: 'challenge', row: callingClient(ctx).id, column: 'passkey', tenant: ctx.tenantId, purpose: 'sign_in' }
}

/** What does not open was not made here. */
function openQuietly(open: () => Buffer): Buffer | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}
