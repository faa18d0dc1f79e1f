import { z } from 'zod'
import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { listFactorRows } from './factor.store.ts'
import { openData } from './stored-factor.ts'

const AddressData = z.object({ address: z.string() })

/** Where a person reads mail: the address of their account, if it has one, and those that they have proven by a code. */
export async function listMailAddresses(
  ctx: Context,
  keys: Keyring,
  user: { readonly id: UserId; readonly email: string | null },
): Promise<readonly string[]> {
  const rows = await listFactorRows(ctx.db, ctx.tenantId, user.id)
  const proven = rows
    .filter(({ type, confirmed_at }) => type === 'email' && confirmed_at !== null)
    .map((row) => AddressData.parse(openData(keys, row)).address)
  return [...new Set([...(user.email === null ? [] : [user.email]), ...proven])]
}
