import assert from 'node:assert/strict'
import type { TenantId } from '../kernel/ids.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { listSealedRows, type Row, type SealedPlace } from './sealed.store.ts'

const place: SealedPlace = { table: 'hardware_token', column: 'sealed', key: ['tenant_id', 'serial'], also: [] }
const insertToken = write<{ tenant_id: TenantId; serial: string }>('exactlyOne', 'token', (db, row) =>
  db
    .insertInto('hardware_token')
    .values({ tenant_id: row.tenant_id, serial: row.serial, sealed: Uint8Array.of(1), created_at: 0 }),
)

onBothEngines('a walk in small steps comes by every row of a key of two parts, once and in order', async (_t, open) => {
  const storage = await open()
  const tenants = await storage.search((db) => db.selectFrom('tenant').select('id').orderBy('id'))
  assert.ok(tenants.length > 1)
  const wanted = tenants.flatMap(({ id }) => ['1', '2', '3', '4', '5'].map((serial) => ({ tenant_id: id, serial })))
  await storage.commit(wanted.map(insertToken), [])
  const seen: Row[] = []
  for (let after: Row | undefined; ; after = seen.at(-1)) {
    const found = await listSealedRows(storage, place, after, 3)
    seen.push(...found)
    if (found.length < 3) break
  }
  assert.deepEqual(
    seen.map(({ tenant_id, serial }) => ({ tenant_id, serial })),
    wanted,
  )
})
