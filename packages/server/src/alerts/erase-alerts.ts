import { eraseOfUser } from '../purge/erase-of-user.ts'

/** What alerts say of a user, for good. */
export const eraseAlerts = eraseOfUser('alert')
