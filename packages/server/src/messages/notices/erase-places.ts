import { eraseOfUser } from '../../purge/erase-of-user.ts'

/** From where a user signs in, for good. */
export const erasePlaces = eraseOfUser('familiar_place')
