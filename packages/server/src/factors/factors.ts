import type { AnyFactor } from './factor.ts'
import { hotpToken } from './hotp/hotp-token.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { totp } from './totp/totp.ts'

/** Every kind of factor there is. A new one is a folder and a line here; `FactorType` says in which order they are offered. */
export function factorsOf(): readonly AnyFactor[] {
  return [totp, hotpToken, recoveryCodes]
}
