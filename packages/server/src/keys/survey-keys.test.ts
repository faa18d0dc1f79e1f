import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { operatorContext } from '../operator-context.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { openKeyring, settleMs } from './keyring.ts'
import { retireKey } from './retire-key.ts'
import { rotateKey } from './rotate-key.ts'
import type { SealedColumn } from './sealed-column.ts'
import { surveyKeysJob } from './survey-keys.job.ts'
import { wrappingKeys } from './wrapping-keys.ts'

const k1 = wrappingKeys({ id: 'k1', key: createSecretKey(randomBytes(32)) })
const start = new Date('2026-11-21T12:00:00Z').getTime()

onBothEngines('a key that is retired while the survey walks is not missing; one that is lost is', async (_t, open) => {
  const storage = await open()
  let now = new Date(start)
  const newContext = () => operatorContext({ storage, world: { now: () => now, random: randomBytes } })
  const keys = await openKeyring(storage, k1, newContext())
  const made = await rotateKey(newContext(), k1, { purpose: 'data', resealAt: start })
  assert.ok(made)
  const [first] = keys.dataKeyIds
  // One column with one value, which is sealed anew when the survey has seen it.
  let keyId = first
  const column: SealedColumn = {
    name: 'a.column',
    async list() {
      return [{ row: { id: '1' }, keyId, reseal: () => assert.fail('it only looks') }]
    },
  }
  const survey = surveyKeysJob(keys, [column])
  await keys.refresh(now)
  assert.equal(await survey.run(newContext()), 'again')
  keyId = made.id
  now = new Date(start + settleMs)
  assert.ok(await retireKey(newContext(), { id: first as `key_${string}`, purpose: 'data' }))
  while ((await survey.run(newContext())) === 'again') {}
  assert.deepEqual(keys.missing, [])
  keyId = first
  now = new Date(start + 86_400_000 + settleMs)
  while ((await survey.run(newContext())) === 'again') {}
  assert.deepEqual(keys.missing, [first])
})
