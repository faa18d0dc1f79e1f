import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Context } from '../context.ts'
import type { Storage } from '../storage/storage.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { systemContext } from '../system-context.ts'
import { leaseMs, sharedLeases } from './leases.ts'

const start = Date.parse('2026-11-22T12:00:00Z')

function contextAt(storage: Storage, ms: number): Context {
  return systemContext({ storage, world: { now: () => new Date(start + ms), random: randomBytes } })
}

onBothEngines('one node holds a lease, and another one as soon as it is let go', async (_t, open) => {
  const storage = await open()
  const [one, two] = [sharedLeases('one'), sharedLeases('two')]
  const at = (ms: number) => contextAt(storage, ms)
  assert.equal(await one.hold(at(0), 'purge'), true)
  assert.equal(await two.hold(at(1), 'purge'), false)
  assert.equal(await two.hold(at(1), 'other'), true)
  assert.equal(await one.hold(at(2), 'purge'), true)
  await one.release(at(3))
  assert.equal(await two.hold(at(4), 'purge'), true)
  assert.equal(await one.hold(at(5), 'purge'), false)
  assert.equal(await one.hold(at(5), 'other'), false)
})

onBothEngines('of nodes that want a lease at once one gets it', async (_t, open) => {
  const storage = await open()
  const nodes = Array.from({ length: 8 }, (_, index) => sharedLeases(`node ${index}`))
  for (const ms of [0, leaseMs, 2 * leaseMs]) {
    const got = await Promise.all(nodes.map((node) => node.hold(contextAt(storage, ms), 'purge')))
    assert.equal(got.filter(Boolean).length, 1)
  }
})

onBothEngines('who holds a lease makes it last in time; when they are gone it ends', async (_t, open) => {
  const storage = await open()
  const [one, two] = [sharedLeases('one'), sharedLeases('two')]
  const at = (ms: number) => contextAt(storage, ms)
  for (let ms = 0; ms <= 10 * leaseMs; ms += leaseMs / 3) {
    assert.equal(await one.hold(at(ms), 'purge'), true)
    assert.equal(await two.hold(at(ms + leaseMs / 3), 'purge'), false, `after ${ms} ms`)
  }
  assert.equal(await two.hold(at(12 * leaseMs), 'purge'), true)
  assert.equal(await one.hold(at(12 * leaseMs + 1), 'purge'), false, 'the one that stalled finds out')
})

onBothEngines('a lease that a wrong clock has written far ahead holds nobody up', async (_t, open) => {
  const storage = await open()
  const [one, two] = [sharedLeases('one'), sharedLeases('two')]
  assert.equal(await one.hold(contextAt(storage, 1000 * leaseMs), 'purge'), true)
  assert.equal(await two.hold(contextAt(storage, 0), 'purge'), true)
  assert.equal(await one.hold(contextAt(storage, 0), 'purge'), false)
})
