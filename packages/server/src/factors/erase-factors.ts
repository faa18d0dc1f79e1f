import type { Context } from '../context.ts'
import { returnToStock } from '../hardware-tokens/stock.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { eraseOfUser } from '../purge/erase-of-user.ts'
import type { Write } from '../storage/write.ts'
import { deleteFactor, listFactorRows } from './factor.store.ts'
import { hotpToken } from './hotp/hotp-token.ts'
import { openData } from './stored-factor.ts'

const eraseRows = eraseOfUser('factor')

/**
 * Every factor of a user, for good. A token goes back to the stock with the counter that it has by now: when it is used
 * meanwhile, the commit fails as `factor gone`.
 */
export async function eraseFactors(ctx: Context, keys: Keyring, userId: UserId): Promise<readonly Write[]> {
  const rows = await listFactorRows(ctx.db, ctx.tenantId, userId)
  const returned = rows
    .filter(({ type, confirmed_at }) => type === hotpToken.type && confirmed_at !== null)
    .map(async (row) => [
      ...(await returnToStock(ctx, keys, row.id, openData(keys, row))),
      deleteFactor({ id: row.id, tenant_id: row.tenant_id, version: row.version }),
    ])
  return [...(await Promise.all(returned)).flat(), eraseRows(ctx, userId)]
}
