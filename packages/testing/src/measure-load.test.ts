import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureLoad } from './measure-load.ts'

test('every call is made once, and no more at a time than was asked for', async () => {
  const seen: number[] = []
  let running = 0
  let most = 0
  const call = async (index: number) => {
    most = Math.max(most, ++running)
    seen.push(index)
    await Promise.resolve()
    running--
  }
  const { calls, failures } = await measureLoad(call, { calls: 50, atOnce: 4 })
  assert.deepEqual([calls, most, failures], [50, 4, {}])
  assert.deepEqual(
    seen.toSorted((one, other) => one - other),
    Array.from({ length: 50 }, (_, index) => index),
  )
})

test('times are told as percentiles, and calls by the second', async () => {
  let nowMs = 0
  const call = async (index: number) => {
    nowMs += index + 1
  }
  const figures = await measureLoad(call, { calls: 100, atOnce: 1, nowMs: () => nowMs })
  assert.deepEqual([figures.p50Ms, figures.p95Ms, figures.p99Ms], [50, 95, 99])
  assert.equal(figures.perSecond.toFixed(1), '19.8')
})

test('failures are counted by their code and are no times', async () => {
  const call = (index: number) =>
    index % 2 ? Promise.reject(Object.assign(new Error('x'), { code: 'rate_limited' })) : Promise.reject('text')
  const { failures, p99Ms } = await measureLoad(call, { calls: 10 })
  assert.deepEqual(failures, { unknown: 5, rate_limited: 5 })
  assert.ok(Number.isNaN(p99Ms))
})
