import { eraseOfUser } from '../purge/erase-of-user.ts'

/** The password of a user, for good. */
export const erasePassword = eraseOfUser('password')
