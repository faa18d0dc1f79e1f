import { type Context, commit } from '../context.ts'
import { passOver } from '../factors/hotp/hotp-token.ts'
import type { Keyring } from '../keys/keyring.ts'
import { listStock, replaceSeed } from './hardware-token.store.ts'
import { openSeed, sealSeed } from './stock.ts'

const tokensPerCommit = 500

/** After a restore: tokens that lie in the stock may have been in somebody's hands since. */
export async function passOverStock(ctx: Context, keys: Keyring): Promise<void> {
  for (let after = { tenant_id: '', serial: '' }; ; ) {
    const rows = await listStock(ctx.db, after, tokensPerCommit)
    const last = rows.at(-1)
    if (!last) return
    await commit(
      ctx,
      rows.map((row) => {
        const { tenant_id, serial } = row
        const passed = passOver(openSeed(keys, row))
        return replaceSeed({
          tenant_id,
          serial,
          sealed: sealSeed({ ...ctx, tenantId: tenant_id }, keys, serial, passed),
        })
      }),
    )
    after = last
  }
}
