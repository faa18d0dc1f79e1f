import { eraseOfUser } from '../purge/erase-of-user.ts'

/** What is remembered of the sign-ins of a user, for good. */
export const erasePast = eraseOfUser('sign_in_past')
