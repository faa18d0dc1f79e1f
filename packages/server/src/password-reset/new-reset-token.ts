import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Write } from '../storage/write.ts'
import { insertResetToken, type ResetTokenRow } from './reset-token.store.ts'

/** A token that sets a new password, once. What is stored does not tell it. */
export function newResetToken(
  moment: Moment,
  place: Omit<ResetTokenRow, 'token_hash'>,
): { readonly token: string; readonly write: Write } {
  const token = randomToken('prt_', moment)
  return { token, write: insertResetToken({ ...place, token_hash: sha256(token) }) }
}
