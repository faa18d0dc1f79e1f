import { purgeOld } from '../purge/purge-old.ts'
import { oldTokens } from './client-token.store.ts'

/** Client tokens that have had their time. */
export const purgeClientTokens = purgeOld(oldTokens)
