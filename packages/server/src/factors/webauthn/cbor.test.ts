import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Decoder, Encoder } from 'cbor-x'
import { readCbor, readCborMap } from './cbor.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

test('097 what is not canonical is not read', () => {
  const wrong: Readonly<Record<string, string>> = {
    nothing: '',
    'a map of indefinite length': 'bf0102ff',
    'an array of indefinite length': '9f01ff',
    'bytes of indefinite length': '5f4101ff',
    'text of indefinite length': '7f6161ff',
    'a key twice': 'a201020103',
    'a number in a longer form than needed': '1801',
    'a length in a longer form than needed': '580101',
    'a number of 32 bits that has 16': '1a0000ffff',
    'a number of 64 bits': '1b0000000100000000',
    'a tag': 'c101',
    'a floating-point number': 'fb3ff0000000000000',
    undefined: 'f7',
    'a simple value without a name': 'f8ff',
    'bytes that end too early': '4201',
    'a map that ends too early': 'a20102',
    'an array that says it has four billion items': '9affffffff01',
    'bytes that say they have four billion': '5affffffff',
    'an array as a key': 'a1800',
    'text that is not UTF-8': '61ff',
    'a break': 'ff',
    'a reserved length': '1c',
  }
  for (const [name, bytes] of Object.entries(wrong)) assert.equal(readCbor(hex(bytes)), undefined, name)
  assert.equal(readCbor(Buffer.alloc(1000, 0x81)), undefined, 'a depth of 1000')
  assert.equal(readCbor(Buffer.concat([hex('9841'), Buffer.alloc(65)])), undefined, '65 items')
  assert.equal(readCborMap(hex('a0a0')), undefined, 'bytes after the end')
  assert.equal(readCborMap(hex('80')), undefined, 'an array')
})

test('what is canonical is read, and where it ends', () => {
  const read = readCbor(hex('a5016568656c6c6f024201020383f5f4f620388061781818ff'))
  assert.equal(read?.end, 24)
  assert.deepEqual(
    read?.value,
    new Map<number | string, unknown>([
      [1, 'hello'],
      [2, hex('0102')],
      [3, [true, false, null]],
      [-1, -129],
      ['x', 24],
    ]),
  )
})

test('what is read is what cbor-x reads', () => {
  const decoder = new Decoder({ mapsAsObjects: false, useRecords: false })
  const encoder = new Encoder({ mapsAsObjects: false, useRecords: false, tagUint8Array: false })
  let compared = 0
  for (let round = 0; round < 20_000; round++) {
    const bytes = new Uint8Array(randomBytes(1 + (round % 12)))
    if (round % 2) bytes[0] = 0xa0 | (round % 4)
    const read = readCbor(bytes)
    if (!read) continue
    compared += 1
    assert.deepEqual(decoder.decode(bytes.slice(0, read.end)), read.value, Buffer.from(bytes).toString('hex'))
    assert.deepEqual(new Uint8Array(encoder.encode(read.value)).length, read.end)
  }
  assert.ok(compared > 1000)
})
