import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idOf } from '@gatehouse/contract/fields'
import fc from 'fast-check'
import { newId, requestIds } from './ids.ts'

const times = fc.date({ min: new Date(0), max: new Date(2 ** 48 - 1), noInvalidDate: true })
const chance = fc.uint8Array({ minLength: 10, maxLength: 10 })
const idAt = (now: Date, bytes: Uint8Array) => newId('usr', { now, random: () => bytes })

test('an id is its prefix and 26 characters, as the contract wants it', () => {
  const contract = idOf('usr')
  fc.assert(
    fc.property(times, chance, (now, bytes) => {
      const id = idAt(now, bytes)
      assert.match(id, /^usr_[0-9a-z]{26}$/)
      assert.equal(contract.parse(id), id)
    }),
  )
})

test('an id of a later millisecond sorts after every id of an earlier one', () => {
  fc.assert(
    fc.property(times, times, chance, chance, (one, other, some, more) => {
      fc.pre(one.getTime() !== other.getTime())
      assert.equal(idAt(one, some) < idAt(other, more), one < other)
    }),
  )
})

test('every one of the 80 bits of chance shows in the id', () => {
  const now = new Date(1_710_072_000_000)
  const ids = new Set([idAt(now, new Uint8Array(10))])
  for (let bit = 0; bit < 80; bit++) {
    const bytes = new Uint8Array(10)
    bytes[bit >> 3] = 1 << (bit & 7)
    ids.add(idAt(now, bytes))
  }
  assert.equal(ids.size, 81)
})

test('the text of an id is that of ULID: known time, known bytes', () => {
  const bytes = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.equal(idAt(new Date(1_469_918_176_385), bytes), 'usr_01aryz6s41000g40r40m30e209')
  assert.equal(idAt(new Date(0), new Uint8Array(10).fill(255)), `usr_0000000000${'z'.repeat(16)}`)
})

test('requests have ids of their own, in the order of their coming, however many come in one millisecond', () => {
  let drawn = 0
  const nameRequest = requestIds((bytes) => new Uint8Array(bytes).fill(drawn++))
  const early = new Date(1_710_072_000_000)
  const late = new Date(early.getTime() + 1)
  const ids = Array.from({ length: 1024 }, () => nameRequest(early))
  assert.equal(drawn, 1)
  const more = [nameRequest(early), nameRequest(late), nameRequest(early)]
  assert.equal(drawn, 4)
  assert.deepEqual(ids.toSorted(), ids)
  assert.equal(new Set([...ids, ...more]).size, 1027)
  for (const id of [...ids, ...more]) assert.match(id, /^req_[0-9a-z]{26}$/)
  assert.ok(ids.every((id) => id < (more[1] ?? '')))
})
