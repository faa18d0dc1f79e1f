import type { TenantRules } from '@gatehouse/contract/policy-operations'
import type { MfaState } from '@gatehouse/contract/resources'
import { type FactorRow, isReal } from '../factors/list-factors.ts'
import { recoveryCodes } from '../factors/recovery-codes/recovery-codes.ts'

/** How far somebody has come with what is demanded of them, by their proven factors. */
export function mfaStateOf(
  active: readonly Pick<FactorRow, 'type' | 'confirmed_at'>[],
  { mfa, backups }: TenantRules,
): MfaState {
  const factors = active.filter(isReal).length
  if (factors === 0) return mfa === 'required' ? 'incomplete' : 'none'
  const hasCodes = active.some(({ type }) => type === recoveryCodes.type)
  return factors - 1 + (hasCodes ? 1 : 0) < backups ? 'backup_incomplete' : 'complete'
}
