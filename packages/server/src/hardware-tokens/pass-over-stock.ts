import { type Context, commit } from '../context.ts'
import { HotpData, passOver } from '../factors/hotp/hotp-token.ts'
import type { Keyring } from '../keys/keyring.ts'
import { listStock, replaceSeed } from './hardware-token.store.ts'
import { homeOfSeed, sealSeed } from './stock.ts'

const tokensPerCommit = 500

/** After a restore: tokens that lie in the stock may have been in somebody's hands since. */
export async function passOverStock(ctx: Context, keys: Keyring): Promise<void> {
  for (let after = { tenant_id: '', serial: '' }; ; ) {
    const rows = await listStock(ctx.db, after, tokensPerCommit)
    const last = rows.at(-1)
    if (!last) return
    await commit(
      ctx,
      rows.map(({ tenant_id, serial, sealed }) => {
        const data = HotpData.parse(JSON.parse(keys.open(sealed, homeOfSeed(tenant_id, serial)).toString('utf8')))
        const inTenant = { ...ctx, tenantId: tenant_id }
        return replaceSeed({ tenant_id, serial, sealed: sealSeed(inTenant, keys, serial, passOver(data)) })
      }),
    )
    after = last
  }
}
