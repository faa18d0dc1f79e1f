import type { Attack } from './attack.ts'
import { attacksFromPlaces } from './from-places.ts'
import { attacksOnFactors } from './on-factors.ts'
import { attacksOnPasswords } from './on-passwords.ts'
import { attacksOnSessions } from './on-sessions.ts'

/** Every attack that there is a rule for, and some that try to stay below one. */
export const attacks: readonly Attack[] = [
  ...attacksOnPasswords,
  ...attacksOnFactors,
  ...attacksFromPlaces,
  ...attacksOnSessions,
]
