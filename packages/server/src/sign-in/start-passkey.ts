import type { Output } from '@gatehouse/contract/operation'
import type { startPasskey as Contract } from '@gatehouse/contract/sign-in-operations'
import type { Context } from '../context.ts'
import type { PasskeySite } from '../factors/webauthn/passkey-site.ts'
import { listRelatedOrigins } from '../factors/webauthn/relying-party.ts'
import { requestOptions } from '../factors/webauthn/request-options.ts'
import { Fault } from '../kernel/fault.ts'
import type { Keyring } from '../keys/keyring.ts'
import { passkeyChallengeMs, sealPasskeyChallenge } from './passkey-challenge.ts'

export interface PasskeyTools {
  /** Undefined where passkeys cannot be used. */
  readonly passkeys: PasskeySite | undefined
}

interface Tools extends PasskeyTools {
  readonly keys: Keyring
}

/** Other domains on which passkeys of ours may be used. Browsers ask the domain itself (Level 3, section 5.11). */
export function listSites({ passkeys }: PasskeyTools): readonly string[] {
  return passkeys ? listRelatedOrigins(passkeys) : []
}

/** What a browser needs to offer the passkeys it has. Nobody is named, so nobody can be found out. */
export function startPasskey({ keys, passkeys }: Tools) {
  return async (ctx: Context): Promise<Output<typeof Contract>> => {
    if (!passkeys) throw new Fault('passkeys_unavailable')
    return {
      options: requestOptions(passkeys, sealPasskeyChallenge(ctx, keys), [], 'required'),
      expires_at: new Date(ctx.now.getTime() + passkeyChallengeMs).toISOString(),
    }
  }
}
