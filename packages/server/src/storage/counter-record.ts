import { counterKeyLength } from './counter-key.ts'
import type { CounterRecord } from './counters.ts'

/** Kind, time, expiry, key. */
export const recordLength = 1 + 8 + 8 + counterKeyLength

const kinds = ['hit', 'once'] as const

/** One after the other, in memory of their own: it can be handed to another thread. */
export function encodeRecords(records: readonly CounterRecord[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(records.length * recordLength)
  // Its methods for numbers are compiled to one instruction; those of a buffer write byte by byte.
  const numbers = new DataView(bytes.buffer)
  let offset = 0
  for (const { kind, at, expiresAt, key } of records) {
    bytes[offset] = kinds.indexOf(kind)
    numbers.setFloat64(offset + 1, at, true)
    numbers.setFloat64(offset + 9, expiresAt, true)
    bytes.write(key, offset + 17, 'latin1')
    offset += recordLength
  }
  return bytes
}

/** The record that starts at `offset`. */
export function decodeRecord(records: Buffer, offset: number): CounterRecord {
  return {
    kind: records[offset] === 0 ? 'hit' : 'once',
    at: records.readDoubleLE(offset + 1),
    expiresAt: records.readDoubleLE(offset + 9),
    key: records.toString('latin1', offset + 17, offset + recordLength),
  }
}
