import assert from 'node:assert/strict'
import { onBothEngines } from '../storage/test-storage.ts'
import { purgeMessages } from './purge-messages.ts'
import { codeMessage, testChannel, testHouse } from './test-sender.ts'

onBothEngines(
  'what became of a message can be seen for thirty days, and one that waits is never removed',
  async (_, open) => {
    const house = await testHouse(await open())
    const sender = await house.sender({ email: testChannel() })
    await house.send(codeMessage(house))
    await sender.flush()
    await house.send(codeMessage(house, { notAfter: new Date(house.nowMs + 40 * 86_400_000) }))
    house.nowMs += 30 * 86_400_000 - 1
    assert.equal(await purgeMessages(house.context()), false)
    house.nowMs += 1
    assert.equal(await purgeMessages(house.context()), true)
    assert.equal(await purgeMessages(house.context()), false)
    assert.deepEqual(
      (await house.rows()).map(({ sent_at }) => sent_at),
      [null],
    )
  },
)
