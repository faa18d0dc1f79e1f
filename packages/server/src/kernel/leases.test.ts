import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases } from './leases.ts'

const at = (ms: number) => new Date(1_710_072_000_000 + ms)

/** A source whose values can be changed, and the number of times that it was asked. */
function source(values: Record<string, string | undefined>) {
  const asked: string[] = []
  const load = async (key: string) => {
    asked.push(key)
    return values[key]
  }
  return { values, asked, load }
}

test('within its lease an answer comes from memory, at once; at its end it is asked for anew', async () => {
  const { values, asked, load } = source({ a: 'old' })
  const memory = leases(load, { forMs: 500, size: 10 })
  assert.equal(await memory.find('a', at(0)), 'old')
  values['a'] = 'new'
  assert.equal(memory.find('a', at(499)), 'old')
  assert.equal(await memory.find('a', at(500)), 'new')
  assert.deepEqual(asked, ['a', 'a'])
})

test('what is asked for towards the end of its lease is read anew, and nobody waits for that', async () => {
  const { values, asked, load } = source({ a: 'old' })
  const memory = leases(load, { forMs: 500, size: 10 })
  await memory.find('a', at(0))
  values['a'] = 'new'
  assert.equal(memory.find('a', at(399)), 'old')
  assert.deepEqual(asked, ['a'])
  assert.equal(memory.find('a', at(400)), 'old')
  assert.equal(memory.find('a', at(401)), 'old')
  assert.deepEqual(asked, ['a', 'a'])
  await Promise.resolve()
  assert.equal(memory.find('a', at(501)), 'new')
  assert.equal(memory.find('a', at(799)), 'new')
  assert.deepEqual(asked, ['a', 'a'])
})

test('of many who ask at once one reads, and nobody joins what takes long', async () => {
  const answers: ((value: string) => void)[] = []
  const load = () => new Promise<string>((resolve) => answers.push(resolve))
  const memory = leases(load, { forMs: 500, size: 10 })
  const early = [0, 1, 99].map((ms) => memory.find('a', at(ms)))
  assert.equal(answers.length, 1)
  const late = [100, 101].map((ms) => memory.find('a', at(ms)))
  assert.equal(answers.length, 2)
  const other = memory.find('b', at(0))
  assert.equal(answers.length, 3)
  for (const [index, answer] of answers.entries()) answer(`answer ${index}`)
  assert.deepEqual(await Promise.all([...early, ...late, other]), [
    ...['answer 0', 'answer 0', 'answer 0'],
    ...['answer 1', 'answer 1', 'answer 2'],
  ])
  assert.equal(memory.find('a', at(110)), 'answer 1')
})

test('who asks after a key was forgotten is not told what was being read before', async () => {
  const answers: ((value: string) => void)[] = []
  const load = () => new Promise<string>((resolve) => answers.push(resolve))
  for (const forget of ['forget', 'forgetAll'] as const) {
    const memory = leases(load, { forMs: 500, size: 10 })
    const before = memory.find('a', at(0))
    memory[forget]('a')
    const after = memory.find('a', at(0))
    assert.equal(answers.length, 2)
    for (const [index, answer] of answers.splice(0).entries()) answer(`answer ${index}`)
    assert.deepEqual(await Promise.all([before, after]), ['answer 0', 'answer 1'])
    assert.equal(memory.find('a', at(1)), 'answer 1')
  }
})

test('what always takes longer than others wait for it is remembered all the same', async () => {
  const answers: ((value: string) => void)[] = []
  const memory = leases(() => new Promise<string>((resolve) => answers.push(resolve)), { forMs: 500, size: 10 })
  const slow = [0, 100, 200].map((ms) => memory.find('a', at(ms)))
  answers[0]?.('as of 0')
  assert.equal(await slow[0], 'as of 0')
  assert.equal(memory.find('a', at(210)), 'as of 0')
})

test('who waits for a reading that fails reads alone', async () => {
  const away = () => Promise.reject(new Error('the database is away'))
  const answers = [away, async () => 'here', away, async () => 'here again']
  const memory = leases(() => answers.shift()?.() ?? assert.fail('asked too often'), { forMs: 500, size: 10 })
  const all = await Promise.allSettled([0, 1, 2].map((ms) => memory.find('a', at(ms))))
  assert.deepEqual(
    all.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.message)),
    ['the database is away', 'here', 'the database is away'],
  )
  assert.equal(await memory.find('a', at(3)), 'here again')
})

test('a renewal that is stuck or fails keeps nobody waiting', async () => {
  const never = new Promise<string>(() => {})
  const answers = ['old', never, 'new', Promise.reject(new Error('away')), 'newest']
  const memory = leases(async () => answers.shift(), { forMs: 500, size: 10 })
  await memory.find('a', at(0))
  assert.equal(memory.find('a', at(400)), 'old')
  assert.equal(memory.find('a', at(499)), 'old')
  assert.equal(await memory.find('a', at(500)), 'new')
  assert.equal(memory.find('a', at(900)), 'new')
  await new Promise(setImmediate)
  assert.equal(await memory.find('a', at(1000)), 'newest')
})

test('a lease runs from the moment of asking, however long the answer took', async () => {
  let answer: ((value: string) => void) | undefined
  const load = () => new Promise<string>((resolve) => (answer = resolve))
  const memory = leases(load, { forMs: 500, size: 10 })
  const slow = memory.find('a', at(0))
  answer?.('as of 0')
  assert.equal(await slow, 'as of 0')
  assert.equal(memory.find('a', at(499)), 'as of 0')
  assert.ok(memory.find('a', at(501)) instanceof Promise)
})

test('that there is nothing is remembered too', async () => {
  const { asked, load } = source({})
  const memory = leases(load, { forMs: 500, size: 10 })
  assert.equal(await memory.find('nobody', at(0)), undefined)
  assert.equal(memory.find('nobody', at(100)), undefined)
  assert.deepEqual(asked, ['nobody'])
})

test('what is forgotten is asked for at once', async () => {
  const { values, load } = source({ a: 'old', b: 'old' })
  const memory = leases(load, { forMs: 500, size: 10 })
  await Promise.all([memory.find('a', at(0)), memory.find('b', at(0))])
  values['a'] = values['b'] = 'new'
  memory.forget('a')
  assert.equal(await memory.find('a', at(1)), 'new')
  assert.equal(memory.find('b', at(1)), 'old')
  memory.forgetAll()
  assert.equal(await memory.find('b', at(1)), 'new')
})

test('an answer that was under way when its key was forgotten is not remembered', async () => {
  for (const forget of ['forget', 'forgetAll'] as const) {
    const { values, load } = source({ a: 'old' })
    const memory = leases(load, { forMs: 500, size: 10 })
    const underway = memory.find('a', at(0))
    values['a'] = 'new'
    memory[forget]('a')
    assert.equal(await underway, 'old')
    assert.equal(await memory.find('a', at(1)), 'new', forget)
  }
})

test('an answer that failed is not remembered', async () => {
  const answers = [Promise.reject(new Error('the database is away')), Promise.resolve('here')]
  const memory = leases(() => answers.shift() ?? assert.fail('asked too often'), { forMs: 500, size: 10 })
  await assert.rejects(async () => memory.find('a', at(0)), /away/)
  assert.equal(await memory.find('a', at(1)), 'here')
})

test('the memory holds no more than its size; the one asked for longest ago goes first', async () => {
  const { asked, load } = source({ a: 'A', b: 'B', c: 'C' })
  const memory = leases(load, { forMs: 500, size: 2 })
  for (const key of ['a', 'b', 'c']) await memory.find(key, at(0))
  assert.equal(memory.find('b', at(1)), 'B')
  assert.equal(memory.find('c', at(1)), 'C')
  await memory.find('a', at(1))
  assert.deepEqual(asked, ['a', 'b', 'c', 'a'])
  // Renewing one that is held puts out nothing else.
  await memory.find('a', at(600))
  assert.equal(memory.find('c', at(1)), 'C')
})

test('a clock that steps back does not stretch a lease', async () => {
  const { values, load } = source({ a: 'old' })
  const memory = leases(load, { forMs: 500, size: 10 })
  await memory.find('a', at(100_000))
  values['a'] = 'new'
  assert.equal(await memory.find('a', at(99_999)), 'new')
})
