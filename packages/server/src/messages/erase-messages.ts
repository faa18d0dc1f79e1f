import { eraseOfUser } from '../purge/erase-of-user.ts'

/** What went and what waits to go to a user, for good. */
export const eraseMessages = eraseOfUser('message')
