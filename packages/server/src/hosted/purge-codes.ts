import { hourMs } from '../kernel/durations.ts'
import { eraseOfUser } from '../purge/erase-of-user.ts'
import { purgeOld } from '../purge/purge-old.ts'
import { oldCodes } from './authorization-code.store.ts'

/** Codes an hour after they were good: till then, whoever brings one again is found out. */
export const purgeCodes = purgeOld(oldCodes, hourMs)

/** For a user who is erased. */
export const eraseCodes = eraseOfUser('authorization_code')
