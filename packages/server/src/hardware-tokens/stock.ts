import type { Context } from '../context.ts'
import type { Home } from '../crypto/seal.ts'
import { HotpData } from '../factors/hotp/hotp-token.ts'
import type { FactorId, TenantId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import type { Schema } from '../storage/schema.ts'
import type { Write } from '../storage/write.ts'
import { assignToken, findTokenOfFactor, findTokenRow, returnToken } from './hardware-token.store.ts'

function homeOfSeed(tenantId: TenantId, serial: string): Home {
  return { table: 'hardware_token', row: serial, column: 'sealed', tenant: tenantId, purpose: 'hotp' }
}

export const sealedSeeds = sealedColumn({
  table: 'hardware_token',
  column: 'sealed',
  key: ['tenant_id', 'serial'],
  also: [],
  home: ({ tenant_id, serial }) => homeOfSeed(tenant_id, serial),
})

/** What a token is worth, ready to lie in its own row and in no other. */
export function sealSeed(ctx: Context, keys: Keyring, serial: string, data: HotpData): Uint8Array {
  return keys.seal(JSON.stringify(data), homeOfSeed(ctx.tenantId, serial), ctx)
}

/** What `sealSeed` has sealed. */
export function openSeed(
  keys: Keyring,
  { tenant_id, serial, sealed }: Pick<Schema['hardware_token'], 'tenant_id' | 'serial' | 'sealed'>,
): HotpData {
  return HotpData.parse(JSON.parse(keys.open(sealed, homeOfSeed(tenant_id, serial)).toString('utf8')))
}

/** A token of the stock, and the write that makes it a factor. */
export interface StockedToken {
  readonly data: HotpData
  /** Fails when it is another factor already. */
  assign(factorId: FactorId): Write
}

/** The token with this serial number, whoever has it. */
export async function findStockedToken(ctx: Context, keys: Keyring, serial: string): Promise<StockedToken | undefined> {
  const row = await findTokenRow(ctx.db, ctx.tenantId, serial)
  if (!row) return undefined
  const data = openSeed(keys, { tenant_id: ctx.tenantId, serial, sealed: row.sealed })
  // No factor has the empty name: a token that is held cannot be assigned.
  const seen = row.held_by === null ? (row.factor_id ?? '') : ''
  return { data, assign: (factorId) => assignToken({ tenant_id: ctx.tenantId, serial, factor_id: factorId, seen }) }
}

/**
 * Puts the token back that was this factor, if it came from the stock. Its counter goes with it: codes that its last owner
 * has shown are of no use with the next one.
 */
export async function returnToStock(
  ctx: Context,
  keys: Keyring,
  factorId: FactorId,
  data: unknown,
): Promise<readonly Write[]> {
  const row = await findTokenOfFactor(ctx.db, ctx.tenantId, factorId)
  if (!row) return []
  const sealed = sealSeed(ctx, keys, row.serial, HotpData.parse(data))
  return [returnToken({ tenant_id: ctx.tenantId, serial: row.serial, factor_id: factorId, sealed })]
}
