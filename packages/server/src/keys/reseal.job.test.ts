import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { dayMs } from '../kernel/durations.ts'
import { operatorContext } from '../operator-context.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { listKeyRows } from './key.store.ts'
import { openKeyring, settleMs } from './keyring.ts'
import { resealJob } from './reseal.job.ts'
import { rotateKey } from './rotate-key.ts'
import type { SealedColumn } from './sealed-column.ts'
import { wrappingKeys } from './wrapping-keys.ts'

const k1 = wrappingKeys({ id: 'k1', key: createSecretKey(randomBytes(32)) })
const start = new Date('2026-11-21T12:00:00Z').getTime()

onBothEngines('a value that is damaged keeps its own key, and no other', async (_t, open) => {
  const storage = await open()
  let now = new Date(start)
  const newContext = () => operatorContext({ storage, world: { now: () => now, random: randomBytes } })
  const keys = await openKeyring(storage, k1, newContext())
  const first = keys.dataKeyId
  await rotateKey(newContext(), k1, { purpose: 'data', resealAt: start })
  const last = await rotateKey(newContext(), k1, { purpose: 'data', resealAt: start })
  now = new Date(start + 9 * dayMs)
  await keys.refresh(now)
  now = new Date(now.getTime() + settleMs)
  await keys.refresh(now)
  assert.equal(keys.dataKeyId, last?.id)
  const reseal = () => assert.fail('it does not open')
  const column: SealedColumn = { name: 'a.column', list: async () => [{ row: { id: '1' }, keyId: first, reseal }] }
  const told: unknown[] = []
  const job = resealJob({ keys, columns: [column], report: (error) => told.push(error) })
  while ((await job.run(newContext())) === 'again') {}
  const left = (await listKeyRows(storage)).filter(({ purpose }) => purpose === 'data').map(({ id }) => id)
  assert.deepEqual(left.toSorted(), [first, last?.id].toSorted())
  assert.equal(told.length, 1)
})
