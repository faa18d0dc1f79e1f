import type { Factor as FactorBody, FactorType } from '@gatehouse/contract/resources'
import type { Home } from '../crypto/seal.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import type { Write } from '../storage/write.ts'
import { type FactorRow, replaceData } from './factor.store.ts'
import type { AnyFactor } from './factor.ts'

/** What it takes to read stored factors: the keys, and the kinds of factors that there are. */
export interface FactorReader {
  readonly keys: Keyring
  readonly factors: readonly AnyFactor[]
}

/** The place that a factor's data is bound to. */
function homeOfData(row: Pick<FactorRow, 'id' | 'tenant_id' | 'type'>): Home {
  return { table: 'factor', row: row.id, column: 'data', tenant: row.tenant_id, purpose: row.type }
}

export const sealedFactors = sealedColumn({
  table: 'factor',
  column: 'data',
  key: ['id'],
  also: ['tenant_id', 'type'],
  home: homeOfData,
})

/** What of a row its factor judges by. */
export interface OpenFactor {
  readonly kind: AnyFactor
  readonly data: unknown
}

/** Opens a row: its kind and its data. What is stored is ours, so a failure here is our failure. */
export function openFactor({ keys, factors }: FactorReader, row: FactorRow): OpenFactor {
  const kind = factors.find(({ type }) => type === row.type)
  if (!kind) throw new Error(`A factor is stored of a type that this version does not know: ${row.type}`)
  return { kind, data: kind.data.parse(openData(keys, row)) }
}

/** The data of a row, as it was sealed. */
export function openData(keys: Keyring, row: FactorRow): unknown {
  return JSON.parse(keys.open(row.data, homeOfData(row)).toString('utf8'))
}

/** The data of those active factors among `rows` that are of one type. */
export function openOwned(reader: FactorReader, rows: readonly FactorRow[], type: FactorType): readonly unknown[] {
  const owned = rows.filter((row) => row.type === type && row.confirmed_at !== null)
  return owned.map((row) => openFactor(reader, row).data)
}

/** The data of a factor, ready to be stored in its row and no other. */
export function sealData(
  keys: Keyring,
  row: Pick<FactorRow, 'id' | 'tenant_id' | 'type'>,
  data: unknown,
  moment: Moment,
): Uint8Array {
  return keys.seal(JSON.stringify(data), homeOfData(row), moment)
}

/** What a proof has changed, and that it was given now. Fails as `factor changed` when another proof was faster. */
export function useFactor({ keys }: FactorReader, row: FactorRow, data: unknown, moment: Moment): Write {
  return replaceData({
    id: row.id,
    version: row.version,
    data: sealData(keys, row, data, moment),
    last_used_at: moment.now.getTime(),
  })
}

/** A factor as the API shows it: never anything of its data. */
export function showFactor(row: Omit<FactorRow, 'data'>): FactorBody {
  return {
    id: row.id,
    user_id: row.user_id,
    type: row.type as FactorType,
    label: row.label,
    state: row.confirmed_at === null ? 'pending' : 'active',
    created_at: new Date(row.created_at).toISOString(),
    expires_at: row.expires_at === null ? null : new Date(row.expires_at).toISOString(),
    last_used_at: row.last_used_at === null ? null : new Date(row.last_used_at).toISOString(),
    suspended_at: row.suspended_at === null ? null : new Date(row.suspended_at).toISOString(),
    renew_by: row.renew_by === null ? null : new Date(row.renew_by).toISOString(),
  }
}

/** A factor as a challenge offers it: which it is, and nothing more. */
export function offerFactor(row: FactorRow): Pick<FactorBody, 'id' | 'type' | 'label'> {
  const { id, type, label } = showFactor(row)
  return { id, type, label }
}
