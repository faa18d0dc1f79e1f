import type { Home } from '../crypto/seal.ts'
import { minuteMs } from '../kernel/durations.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { timeOfNewestSeal } from '../log/read-sealed.ts'
import type { Storage } from '../storage/storage.ts'

interface Health {
  readonly isReady: boolean
  readonly status: 'ok' | 'storage unavailable' | 'keys unavailable'
  /** Keys that the data names and that are not at hand. */
  readonly missing_keys?: readonly string[]
  readonly checks: { readonly storage: Check; readonly keys: Check; readonly clock: Check | 'behind the record' }
}
type Check = 'ok' | 'failed'

/** What clocks of several nodes may differ. */
const behindMs = minuteMs
const probe: Home = { table: 'health', row: '', column: 'probe', tenant: '', purpose: 'probe' }

/**
 * Whether requests can be answered. A clock that stands before what is on record is told and keeps nobody out: those who are
 * in would be put out as well.
 */
export async function checkHealth({
  db,
  keys,
  moment,
}: {
  readonly db: Storage
  readonly keys: Keyring
  readonly moment: Moment
}): Promise<Health> {
  const storage = (await db.isReady()) ? 'ok' : 'failed'
  const sealed = storage === 'ok' ? await timeOfNewestSeal(db) : undefined
  const checks = {
    storage,
    keys: keys.missing.length === 0 && canSeal(keys, moment) ? 'ok' : 'failed',
    clock: sealed !== undefined && moment.now.getTime() < sealed - behindMs ? 'behind the record' : 'ok',
  } as const
  if (checks.storage !== 'ok') return { isReady: false, status: 'storage unavailable', checks }
  if (checks.keys !== 'ok') {
    const missing_keys = keys.missing
    return { isReady: false, status: 'keys unavailable', ...(missing_keys.length > 0 && { missing_keys }), checks }
  }
  return { isReady: true, status: 'ok', checks }
}

function canSeal(keys: Keyring, moment: Moment): boolean {
  try {
    return keys.open(keys.seal('probe', probe, moment), probe).toString('utf8') === 'probe'
  } catch {
    return false
  }
}
