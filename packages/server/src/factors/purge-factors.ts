import { dayMs } from '../kernel/durations.ts'
import { purgeOld } from '../purge/purge-old.ts'
import { oldFactors } from './factor.store.ts'

/** Factors whose first code has not come for more than a day. */
export const purgeFactors = purgeOld(oldFactors, dayMs)
