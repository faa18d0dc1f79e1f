import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { encodeBase32 } from './base32.ts'
import { listActiveFactors } from './list-factors.ts'
import { openData } from './stored-factor.ts'
import { TotpData } from './totp/totp.ts'

/** The authenticator apps of a user with their keys, in the form that an import takes. */
export async function exportTotp(ctx: Context, keys: Keyring, userId: UserId) {
  const rows = await listActiveFactors(ctx, userId)
  return rows
    .filter(({ type }) => type === 'totp')
    .map((row) => {
      const { key, algorithm, digits } = TotpData.parse(openData(keys, row))
      const secret = encodeBase32(Buffer.from(key, 'base64url'))
      return { secret, algorithm, digits, ...(row.label !== null && { label: row.label }) }
    })
}
