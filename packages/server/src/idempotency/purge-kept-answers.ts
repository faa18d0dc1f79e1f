import { purgeOld } from '../purge/purge-old.ts'
import { oldKept } from './kept-answer.store.ts'

/** Answers that nobody may ask for any more. */
export const purgeKeptAnswers = purgeOld(oldKept)
