import { eraseOfUser } from '../purge/erase-of-user.ts'

/** Every device of a user, for good. */
export const eraseDevices = eraseOfUser('device')
