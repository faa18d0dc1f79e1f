import { purgeOld } from '../purge/purge-old.ts'
import { oldQuestions } from './question.store.ts'

/** Questions that nobody can answer any more. */
export const purgeQuestions = purgeOld(oldQuestions)
