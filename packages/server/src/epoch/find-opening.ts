import type { Policy } from '@gatehouse/contract/policy'
import { secondMs } from '../kernel/durations.ts'
import type { Reader } from '../storage/storage.ts'
import { findRestoration } from './epoch.store.ts'

/**
 * From when on a server may answer, in epoch milliseconds: which signatures were seen is not in a backup, and one may have
 * been made by a clock that is ahead.
 */
export async function findOpening(db: Reader, policy: Pick<Policy, 'signatureSkewSeconds'>): Promise<number> {
  const restoration = await findRestoration(db)
  return restoration ? restoration.at + (policy.signatureSkewSeconds + 1) * secondMs : 0
}
