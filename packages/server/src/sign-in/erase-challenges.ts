import { eraseOfUser } from '../purge/erase-of-user.ts'

/** Every challenge of a user, for good. */
export const eraseChallenges = eraseOfUser('challenge')
