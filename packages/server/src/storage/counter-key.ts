import { hash } from 'node:crypto'
import type { CounterName } from './counters.ts'

/** Bytes of SHA-256 under which a count is kept: too many to collide, and nothing of an address or a name in them. */
export const counterKeyLength = 16

/**
 * What stands for `name` wherever a count is kept: a character for each byte (Latin-1). As text, because bytes that Node
 * makes are an allocation of their own, which costs more than the hash.
 */
export function counterKey(name: CounterName): string {
  const digest = typeof name === 'string' ? hash('sha256', name, 'latin1') : name.digest
  return digest.slice(0, counterKeyLength)
}

/** The same as a column has it. */
export function counterKeyBytes(name: string): Uint8Array {
  return Buffer.from(counterKey(name), 'latin1')
}
