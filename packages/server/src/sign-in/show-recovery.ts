import { countUnusedCodes, RecoveryCodesData, recoveryCodes } from '../factors/recovery-codes/recovery-codes.ts'
import type { Accepted } from '../factors/verify-factor.ts'

/** Who comes with a recovery code is told how many are left. Undefined for every other proof. */
export function showRecovery({ factor, data }: Accepted): { readonly codes_left: number } | undefined {
  if (factor.type !== recoveryCodes.type) return undefined
  return { codes_left: countUnusedCodes(RecoveryCodesData.parse(data)) }
}
