import assert from 'node:assert/strict'
import { once } from 'node:events'
import { commit } from '../context.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import { newestEvents } from '../log/test-events.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import type { Delivery } from './channel.ts'
import { codeMessage, type TestHouse, testChannel, testHouse } from './test-sender.ts'

const busy: Delivery = { taken: false, reason: 'busy', isFinal: false }

const renameNobody = write<{ slug: string }>('exactlyOne', 'nobody', (db, p) =>
  db.updateTable('client').set({ name: 'x' }).where('slug', '=', p.slug),
)

const failuresOf = async (storage: Storage) => {
  const events = await newestEvents(storage, defaultTenantId, 100)
  return events.filter(({ type }) => type === 'message.failed').map(({ data }) => JSON.parse(data).reason)
}

/** Answers never, until it is told to give up. */
const silence = async (_: unknown, signal: AbortSignal): Promise<Delivery> => {
  if (!signal.aborted) await once(signal, 'abort')
  return { taken: false, reason: 'timeout', isFinal: false }
}

async function attemptTimes(house: TestHouse, untilMs: number, look: () => Promise<void>, count: () => number) {
  const times: number[] = []
  for (const start = house.nowMs; house.nowMs < start + untilMs; house.nowMs += 100) {
    const before = count()
    await look()
    if (count() > before) times.push(house.nowMs - start)
  }
  return times
}

onBothEngines('a message is sent once, in words, and what it said is then forgotten', async (_, open) => {
  const house = await testHouse(await open())
  const email = testChannel()
  const sender = await house.sender({ email })
  await house.send(codeMessage(house))
  const [waiting] = await house.rows()
  assert.ok(waiting?.sealed)
  assert.doesNotMatch(Buffer.from(waiting.sealed).toString('latin1'), /ada@|123456/)
  await sender.flush()
  await sender.flush()
  assert.equal(email.given.length, 1)
  const [message] = email.given
  assert.equal(message?.id, waiting.id)
  assert.equal(message?.to, 'ada@example.test')
  assert.equal(message?.subject, '123456 is your code for Example')
  const [sent] = await house.rows()
  assert.deepEqual([sent?.sealed, sent?.next_attempt_at, sent?.sent_at], [null, null, house.nowMs])
  assert.deepEqual(house.failures, [])
})

onBothEngines('a message stands or falls with the commit that it stands in', async (_, open) => {
  const house = await testHouse(await open())
  const committed = await commit(house.context(), [
    ...(await house.writes(codeMessage(house))),
    renameNobody({ slug: 'nobody' }),
  ])
  assert.equal(committed.done, false)
  assert.deepEqual(await house.rows(), [])
})

onBothEngines(
  '089 what could not be sent is tried again, later and later, and never after its end',
  async (_, open) => {
    const house = await testHouse(await open())
    const email = testChannel(() => busy)
    const sender = await house.sender({ email })
    await house.send(codeMessage(house))
    const times = await attemptTimes(
      house,
      310_000,
      () => sender.flush(),
      () => email.given.length,
    )
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    for (const [index, gap] of gaps.entries()) {
      assert.ok(gap >= 0.8 * 1000 * 2 ** index && gap <= 1.2 * 1000 * 2 ** index + 100, `${index}: ${gap}`)
    }
    assert.ok(times.length >= 7 && (times.at(-1) ?? 0) < 300_000, String(times))
    email.answer = () => ({ taken: true })
    await sender.flush()
    assert.equal(email.given.length, times.length)
    const [row] = await house.rows()
    assert.deepEqual([row?.sealed, row?.next_attempt_at, row?.failure], [null, null, 'busy'])
    assert.deepEqual(await failuresOf(house.storage), ['busy'])
  },
)

onBothEngines('089 a code whose time is over is not sent, even when the channel comes back', async (_, open) => {
  const house = await testHouse(await open())
  const email = testChannel()
  const sender = await house.sender({ email })
  await house.send(codeMessage(house))
  house.nowMs += 300_000
  await sender.flush()
  assert.deepEqual(email.given, [])
  assert.equal((await house.rows())[0]?.sealed, null)
  assert.deepEqual(await failuresOf(house.storage), ['expired'])
})

onBothEngines('a message that is refused for good is not tried again, and on record', async (_, open) => {
  const house = await testHouse(await open())
  const email = testChannel(() => ({ taken: false, reason: 'recipient_refused', isFinal: true }))
  const sender = await house.sender({ email })
  await house.send(codeMessage(house))
  await sender.flush()
  house.nowMs += 60_000
  await sender.flush()
  assert.equal(email.given.length, 1)
  assert.deepEqual(await failuresOf(house.storage), ['recipient_refused'])
})

onBothEngines('who dies after sending and before writing it down sends again, under the same id', async (_, open) => {
  const house = await testHouse(await open())
  const first = testChannel()
  let commits = 0
  const dying: Storage = {
    ...house.storage,
    commit: (...change) =>
      ++commits > 1 ? Promise.reject(new Error('the process is dead')) : house.storage.commit(...change),
  }
  await house.send(codeMessage(house))
  await (await house.sender({ email: first }, dying)).flush()
  assert.equal(house.failures.splice(0).length, 1)

  const second = testChannel()
  const successor = await house.sender({ email: second })
  house.nowMs += 29_000
  await successor.flush()
  assert.equal(second.given.length, 0)
  house.nowMs += 1000
  await successor.flush()
  assert.deepEqual(
    second.given.map(({ id }) => id),
    first.given.map(({ id }) => id),
  )
})

onBothEngines('of two nodes that see a message at the same time one sends it', async (_, open) => {
  const house = await testHouse(await open())
  const email = testChannel()
  const senders = [await house.sender({ email }), await house.sender({ email })]
  for (let i = 0; i < 30; i++) await house.send(codeMessage(house, { to: `user${i}@example.test` }))
  await Promise.all(senders.map((sender) => sender.flush()))
  assert.equal(new Set(email.given.map(({ to }) => to)).size, 30)
  assert.equal(email.given.length, 30)
})

onBothEngines('089 a channel that does not answer holds up no other, and notices hold up no codes', async (_, open) => {
  const house = await testHouse(await open())
  const sms = testChannel(silence)
  const email = testChannel((message, signal) =>
    message.to.startsWith('notice') ? silence(message, signal) : { taken: true },
  )
  const sender = await house.sender({ email, sms })
  for (let i = 0; i < 12; i++) {
    await house.send(codeMessage(house, { channel: 'sms', to: `+4915100000${i}` }))
    const notAfter = new Date(house.nowMs + 86_400_000)
    await house.send(codeMessage(house, { to: `notice${i}@example.test`, notAfter }))
  }
  await house.send(codeMessage(house))
  const arrived = new Promise<void>((resolve) => {
    email.answer = (message, signal) => {
      if (message.to.startsWith('notice')) return silence(message, signal)
      resolve()
      return { taken: true }
    }
  })
  sender.wake()
  await arrived
  await sender.stop()
  assert.equal(sms.given.length, 10)
  const rows = await house.rows()
  assert.equal(rows.filter(({ sent_at }) => sent_at !== null).length, 1)
  assert.ok(rows.every(({ sent_at, next_attempt_at }) => sent_at !== null || next_attempt_at !== null))
})

onBothEngines('a new message on a topic calls back the one that waits', async (_, open) => {
  const house = await testHouse(await open())
  const email = testChannel()
  const sender = await house.sender({ email })
  await house.send(codeMessage(house, { topic: 'chl_1', values: { code: '111111', minutes: '5' } }))
  await house.send(codeMessage(house, { topic: 'chl_2', values: { code: '222222', minutes: '5' } }))
  await house.send(codeMessage(house, { topic: 'chl_1', values: { code: '333333', minutes: '5' } }))
  await sender.flush()
  assert.deepEqual(email.given.map(({ values }) => values['code']).sort(), ['222222', '333333'])
  const replaced = (await house.rows()).filter(({ failure }) => failure === 'replaced')
  assert.deepEqual(
    replaced.map(({ sealed, sent_at }) => [sealed, sent_at]),
    [[null, null]],
  )
})

onBothEngines('of messages with one key the first is sent, and the key cannot be read', async (_, open) => {
  const house = await testHouse(await open())
  const email = testChannel()
  const sender = await house.sender({ email })
  for (let i = 0; i < 3; i++) await house.send(codeMessage(house, { onceKey: 'lockout of ada' }))
  await sender.flush()
  assert.equal(email.given.length, 1)
  assert.doesNotMatch(Buffer.from((await house.rows())[0]?.once_key ?? []).toString('latin1'), /ada/)
})

onBothEngines('without a channel a message waits, and ends with its time', async (_, open) => {
  const house = await testHouse(await open())
  const sender = await house.sender({})
  await house.send(codeMessage(house))
  await sender.flush()
  assert.equal((await house.rows())[0]?.attempts, 1)
  house.nowMs += 300_000
  await sender.flush()
  assert.deepEqual(await failuresOf(house.storage), ['expired'])
})
