import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { z } from 'zod'
import { commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { openKeyring } from '../keys/keyring.ts'
import { wrappingKeys } from '../keys/wrapping-keys.ts'
import { operatorContext } from '../operator-context.ts'
import { type OpenStorage, onBothEngines } from '../storage/test-storage.ts'
import { type About, askQuestion, useQuestion } from './ask-question.ts'
import type { AnyFactor, Question } from './factor.ts'

const start = Date.UTC(2026, 10, 22, 12)

/** All that asking needs of a factor. */
const kind = {
  type: 'totp',
  kept: z.strictObject({ word: z.string() }),
} as unknown as AnyFactor

const factor = { id: 'fac_1', user_id: 'usr_1', tenant_id: 'ten_00000000000000000000000001' } as const
const about: About = { kind, factor, purpose: 'sign_in', challengeId: 'chl_1' }
const question = { kept: { word: 'blue' }, tries: 3, lifeSeconds: 300 } satisfies Question<unknown>
const send = { channel: 'sms', to: '+4915112345678', kind: 'code', values: { code: '123456', minutes: '5' } } as const
const channels = { sms: { deliver: async () => ({ taken: true }) as const } }

async function open(openStorage: OpenStorage) {
  const storage = await openStorage()
  const keys = await openKeyring(storage, wrappingKeys({ id: 'test', key: createSecretKey(randomBytes(32)) }), {
    now: new Date(start),
    random: randomBytes,
  })
  const at = (seconds: number) =>
    operatorContext({ storage, world: { now: () => new Date(start + seconds * 1000), random: randomBytes } })
  return {
    at,
    use: (seconds: number, to = about) => useQuestion(at(seconds), keys, to),
    async ask(seconds: number, asked: Question<unknown> = question, to = about) {
      const ctx = at(seconds)
      const { writes, ...rest } = await askQuestion(ctx, { keys, policy: defaultPolicy(), channels }, to, asked)
      assert.ok((await commit(ctx, writes)).done)
      return rest
    },
  }
}

onBothEngines('080 a question is answered within its life, and not in the second after', async (_t, storage) => {
  const { ask, use } = await open(storage)
  await ask(0)
  assert.deepEqual((await use(299))?.kept, { word: 'blue' })
  assert.equal(await use(300), undefined)
})

onBothEngines('081, 197 of all who answer a question at the same time one is right', async (_t, storage) => {
  const { ask, use, at } = await open(storage)
  await ask(0, { ...question, tries: 20 })
  const used = await Promise.all(Array.from({ length: 20 }, () => use(1)))
  const committed = await Promise.all(used.map((each) => commit(at(1), each ? [each.spend] : [])))
  assert.deepEqual(committed.map((each) => (each.done ? 'done' : each.failed)).toSorted(), [
    'done',
    ...Array.from({ length: 19 }, () => 'question spent'),
  ])
  assert.equal(await use(2), undefined)
})

onBothEngines('082 a new question takes the place of the old, whose answer is worth nothing', async (_t, storage) => {
  const { ask, use, at } = await open(storage)
  await ask(0)
  const old = await use(1)
  await ask(2, { ...question, kept: { word: 'red' } })
  assert.deepEqual((await use(3))?.kept, { word: 'red' })
  assert.ok(old)
  assert.deepEqual(await commit(at(3), [old.spend]), { done: false, failed: 'question spent' })
})

onBothEngines('083 the third try is the last, also of tries at the same time', async (_t, storage) => {
  const { ask, use } = await open(storage)
  await ask(0)
  const used = await Promise.all(Array.from({ length: 10 }, () => use(1)))
  assert.equal(used.filter(Boolean).length, 3)
  assert.equal(await use(2), undefined)
})

onBothEngines('084 a question is for one purpose, one challenge and one factor', async (_t, storage) => {
  const { ask, use } = await open(storage)
  await ask(0)
  for (const other of [
    { ...about, purpose: 'step_up' },
    { ...about, purpose: 'enroll', challengeId: null },
    { ...about, challengeId: 'chl_2' },
    { ...about, challengeId: null },
    { ...about, factor: { ...factor, id: 'fac_2' } },
  ] as const) {
    assert.equal(await use(1, other), undefined, JSON.stringify(other))
  }
  assert.ok(await use(1))
})

onBothEngines('a question to all factors of a type is answered by any of them, once', async (_t, storage) => {
  const { ask, use, at } = await open(storage)
  const all = { ...about, kind: { ...kind, asksForAny: true } as const }
  await ask(0, question, all)
  const used = await use(1, { ...all, factor: { ...factor, id: 'fac_2' } })
  assert.ok(used)
  assert.equal(await use(1, { ...all, factor: { ...factor, id: 'fac_2', user_id: 'usr_2' } }), undefined)
  assert.ok((await commit(at(1), [used.spend])).done)
  assert.equal(await use(1, all), undefined)
})

onBothEngines(
  '088 an address gets one message in 30 seconds, three in ten minutes, ten in a day',
  async (_t, storage) => {
    const { ask } = await open(storage)
    const toOther = { ...about, factor: { ...factor, id: 'fac_2', user_id: 'usr_2' } } as const
    assert.deepEqual(await ask(0, { ...question, send }), { expiresAt: start + 300_000, resendAfter: start + 30_000 })
    const sent = [0]
    for (let seconds = 10; seconds < 86_400; seconds += 10) {
      // Another account does not help: it is the same person's phone that rings.
      const asked = await ask(seconds, { ...question, send }, toOther).catch((error: unknown) => {
        assert.ok(error instanceof Fault && error.code === 'too_many_attempts' && error.options.retryAfterSeconds)
      })
      if (asked) sent.push(seconds)
    }
    assert.deepEqual(sent, [0, 30, 60, 600, 630, 660, 1200, 1230, 1260, 1800])
    await ask(1800, { ...question, send: { ...send, to: '+4915100000000' } }, toOther)
  },
)

onBothEngines('what cannot be sent is not promised', async (_t, storage) => {
  const { ask } = await open(storage)
  await assert.rejects(ask(0, { ...question, send: { ...send, channel: 'email', to: 'a@b.test' } }), {
    code: 'channel_not_configured',
  })
})
