import type { AnyFactor } from './factor.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { totp } from './totp/totp.ts'

/** Every kind of factor there is. A new one is a folder and a line here. */
export const factors: readonly AnyFactor[] = [totp, recoveryCodes]

/** The kind of factor with this `type`, as rows and requests name it. */
export function findFactorByType(type: string): AnyFactor | undefined {
  return factors.find((factor) => factor.type === type)
}
