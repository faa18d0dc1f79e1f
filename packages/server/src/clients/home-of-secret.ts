import type { Home } from '../crypto/seal.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import type { Schema } from '../storage/schema.ts'

/** The place that a sealed client secret is bound to. */
export function homeOfSecret(row: Pick<Schema['client_secret'], 'id' | 'tenant_id'>): Home {
  return { table: 'client_secret', row: row.id, column: 'sealed', tenant: row.tenant_id, purpose: 'client secret' }
}

export const sealedClientSecrets = sealedColumn({
  table: 'client_secret',
  column: 'sealed',
  key: ['id'],
  also: ['tenant_id'],
  home: homeOfSecret,
})
