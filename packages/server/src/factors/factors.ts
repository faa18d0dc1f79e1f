import type { Policy } from '@gatehouse/contract/policy'
import { accessPass } from './access-pass/access-pass.ts'
import { email } from './email/email.ts'
import type { AnyFactor } from './factor.ts'
import { hotpToken } from './hotp/hotp-token.ts'
import { push } from './push/push.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { sms } from './sms/sms.ts'
import { totp } from './totp/totp.ts'
import type { PasskeySite } from './webauthn/passkey-site.ts'
import { webauthn } from './webauthn/webauthn.ts'

/** What kinds of factors are set by. */
interface Settings {
  readonly policy: Policy
  /** Where people reach the server. */
  readonly publicUrl: string
  /** Undefined where passkeys cannot be used. */
  readonly passkeys: PasskeySite | undefined
}

/** Every kind of factor there is. A new one is a folder and a line here; `FactorType` says in which order they are offered. */
export function factorsOf(settings: Settings): readonly AnyFactor[] {
  return [
    webauthn(settings.passkeys, settings.policy),
    totp,
    hotpToken,
    push(settings),
    sms(settings),
    email(settings),
    recoveryCodes,
    accessPass,
  ]
}
