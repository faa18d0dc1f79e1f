import { dayMs } from '../kernel/durations.ts'
import { purgeOld } from '../purge/purge-old.ts'
import { oldTexts } from './ledger.store.ts'

/** What the counters have forgotten since a day. */
export const purgeTexts = purgeOld(oldTexts, dayMs)
