import { sha256 } from '../crypto/sha256.ts'

/**
 * Tells one request from another: the operation and its input as it was understood, whatever the order of its names. It
 * can be guessed back to a password, so it is kept sealed alone.
 */
export function fingerprintOf(operationId: string, input: Readonly<Record<string, unknown>>): string {
  return sha256(JSON.stringify([operationId, inOrder(input)])).toString('base64url')
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([name, part]) => [name, inOrder(part)])
}
