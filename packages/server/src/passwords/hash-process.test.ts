import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHashProcess } from './hash-process.ts'
import type { HashTask } from './hash-protocol.ts'

const cost = { memoryKib: 64, passes: 1 }
const task: HashTask = { kind: 'hash', password: Buffer.from('a password'), pepper: new Uint8Array(32) }

test('answers find the one who asked', async () => {
  const running = startHashProcess(cost, 2, () => {})
  const [first, second] = await Promise.all([running.run(task), running.run(task)])
  assert.deepEqual([first.number, second.number], [1, 2])
  assert.ok(first.tookMs > 0)
  await running.stop()
})

test('a process that has ended answers nothing more, and says so', async () => {
  let ends = 0
  // Many seconds of work: the end comes before the answer on every machine.
  const running = startHashProcess({ memoryKib: 65_536, passes: 1000 }, 1, () => ends++)
  const open = running.run(task)
  await Promise.all([running.stop(), assert.rejects(open, /The process that hashes passwords ended: SIGKILL\./)])
  assert.equal(ends, 1)
  await assert.rejects(running.run(task), /The process that hashes passwords ended/)
  await running.stop()
})
