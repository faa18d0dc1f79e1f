import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdBack } from './hold-back.ts'

const endless = new AbortController().signal

test('no more than so many are in at once, and the others follow in their order', async () => {
  const enter = holdBack(2)
  const [first, second] = [await enter(endless), await enter(endless)]
  const order: string[] = []
  const third = enter(endless).then((leave) => {
    order.push('third')
    return leave
  })
  const fourth = enter(endless).then((leave) => {
    order.push('fourth')
    return leave
  })
  await Promise.resolve()
  assert.deepEqual(order, [])
  first()
  ;(await third)()
  ;(await fourth)()
  second()
  assert.deepEqual(order, ['third', 'fourth'])
  await Promise.all([enter(endless), enter(endless)])
})

test('who gives up waiting takes nobody else’s place', async () => {
  const enter = holdBack(1)
  const leave = await enter(endless)
  const impatient = new AbortController()
  const given = enter(impatient.signal)
  const patient = enter(endless)
  impatient.abort(new Error('enough'))
  await assert.rejects(given, /enough/)
  leave()
  ;(await patient)()
  await enter(endless)
  await assert.rejects(enter(impatient.signal), /enough/)
})
