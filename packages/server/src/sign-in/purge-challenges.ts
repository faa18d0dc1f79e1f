import { dayMs } from '../kernel/durations.ts'
import { purgeOld } from '../purge/purge-old.ts'
import { oldChallenges } from './challenge.store.ts'

/** Challenges that expired more than a day ago. */
export const purgeChallenges = purgeOld(oldChallenges, dayMs)
