import { z } from 'zod'
import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import type { Write } from '../storage/write.ts'
import { insertFactor } from './factor.store.ts'
import { ImportedKey } from './imported-key.ts'
import { newFactor } from './new-factor.ts'
import { type TotpData, TotpOptions } from './totp/totp.ts'

/** An authenticator app that has proven itself to another system: its key as base32, and how its codes are made. */
export const ImportedTotp = TotpOptions.extend({ secret: ImportedKey, label: z.string().max(64).optional() })
export type ImportedTotp = z.infer<typeof ImportedTotp>

/** Makes it a factor of a new user without asking for a code: they have shown one elsewhere. */
export function importTotp(ctx: Context, keys: Keyring, userId: UserId, given: ImportedTotp): readonly Write[] {
  const { secret, label = null, ...form } = given
  const data: TotpData = { key: Buffer.from(secret).toString('base64url'), ...form, period: 30, lastStep: -1 }
  const row = newFactor(ctx, keys, { type: 'totp', user_id: userId, label, data, confirmed_at: ctx.now.getTime() })
  return [
    insertFactor(row),
    record(ctx, {
      type: 'factor.activated',
      userId,
      data: { factor_id: row.id, factor_type: row.type, imported: true },
    }),
  ]
}
