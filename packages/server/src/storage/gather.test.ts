import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Ask, gather } from './gather.ts'

/** Calls that end when the test says so. */
function calls() {
  const open: { readonly keys: readonly string[]; end(error?: Error): void }[] = []
  const ask = gather((asks: readonly Ask[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>()
    const keys = asks.map(({ key }) => key)
    open.push({ keys, end: (error) => (error ? reject(error) : resolve(keys.map((key) => `${key}!`))) })
    return promise
  })
  return { open, ask: (key: string, kind = 'any') => ask({ kind, key }) }
}

test('what is asked in one turn is one call, and each has the answer to its own', async () => {
  const { open, ask } = calls()
  const answers = Promise.all(['a', 'b', 'c'].map((key) => ask(key)))
  await setImmediate()
  assert.deepEqual(
    open.map(({ keys }) => keys),
    [['a', 'b', 'c']],
  )
  open[0]?.end()
  assert.deepEqual(await answers, ['a!', 'b!', 'c!'])
})

test('two calls are under way at a time, and what comes meanwhile goes together in the next', async () => {
  const { open, ask } = calls()
  const answers: Promise<string>[] = []
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    answers.push(ask(key))
    await setImmediate()
  }
  assert.deepEqual(
    open.map(({ keys }) => keys),
    [['a'], ['b']],
  )
  open[1]?.end()
  assert.equal(await answers[1], 'b!')
  assert.deepEqual(open.at(-1)?.keys, ['c', 'd', 'e'])
  for (const call of open) call.end()
  assert.deepEqual(await Promise.all(answers), ['a!', 'b!', 'c!', 'd!', 'e!'])
})

test('no key stands twice in a call, and no call is of two kinds', async () => {
  const { open, ask } = calls()
  const answers = Promise.all([ask('a'), ask('b'), ask('a'), ask('c', 'other'), ask('a')])
  for (let ended = 0; ended < 4; ended++) {
    while (open[ended] === undefined) await setImmediate()
    open[ended]?.end()
  }
  assert.deepEqual(await answers, ['a!', 'b!', 'a!', 'c!', 'a!'])
  assert.deepEqual(
    open.map(({ keys }) => keys),
    [['a', 'b'], ['a'], ['c'], ['a']],
  )
})

test('a call that fails fails each of its asks and nobody else', async () => {
  const { open, ask } = calls()
  const first = Promise.allSettled([ask('a'), ask('b')])
  await setImmediate()
  const second = ask('c')
  await setImmediate()
  open[0]?.end(new Error('gone'))
  open[1]?.end()
  assert.deepEqual(
    (await first).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(await second, 'c!')
})
