import type { EventType } from '@gatehouse/contract/events'
import { accessPass } from '../factors/access-pass/access-pass.ts'
import { countUnusedCodes, RecoveryCodesData, recoveryCodes } from '../factors/recovery-codes/recovery-codes.ts'
import type { Accepted } from '../factors/verify-factor.ts'

/** Who comes with a recovery code is told how many are left. Undefined for every other proof. */
export function showRecovery({ factor, data }: Accepted): { readonly codes_left: number } | undefined {
  if (factor.type !== recoveryCodes.type) return undefined
  return { codes_left: countUnusedCodes(RecoveryCodesData.parse(data)) }
}

/** What is on record when a factor was accepted: each use of a way back in can be found by its name. */
export function eventOfUse({ type }: Accepted['factor']): EventType {
  if (type === recoveryCodes.type) return 'recovery_code.used'
  return type === accessPass.type ? 'access_pass.used' : 'factor.verified'
}
