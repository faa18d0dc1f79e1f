import { counterKeyLength } from './counter-key.ts'

/** One count as the journal keeps it: kind, time, expiry, key. */
export interface CounterRecord {
  readonly kind: 'hit' | 'once'
  readonly at: number
  readonly expiresAt: number
  /** As `counterKey` makes it. */
  readonly key: string
}

export const recordLength = 1 + 8 + 8 + counterKeyLength

const kinds = ['hit', 'once'] as const

export function encodeRecord({ kind, at, expiresAt, key }: CounterRecord): Uint8Array {
  const record = Buffer.allocUnsafe(recordLength)
  record[0] = kinds.indexOf(kind)
  record.writeDoubleLE(at, 1)
  record.writeDoubleLE(expiresAt, 9)
  record.write(key, 17, 'latin1')
  return record
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
