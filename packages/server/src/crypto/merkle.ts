import { sha256 } from './sha256.ts'

const hashBytes = 32

/** The hash of a leaf (RFC 6962 section 2.1): the prefix 00 keeps leaves and nodes apart. */
export function hashLeaf(text: string): Buffer {
  return sha256(`\0${text}`)
}

/** The hash of two subtrees (RFC 6962 section 2.1): prefix 01. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  const both = Buffer.allocUnsafe(1 + 2 * hashBytes)
  both[0] = 1
  both.set(left, 1)
  both.set(right, 1 + hashBytes)
  return sha256(both)
}

/** The root over hashes that stand side by side (RFC 6962 section 2.1). That of none is the hash of nothing. */
export function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  const [first] = hashes
  if (first === undefined) return sha256('')
  let row = hashes
  while (row.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < row.length; i += 2) {
      const [left, right] = [row[i], row[i + 1]]
      if (left !== undefined) above.push(right === undefined ? left : hashNode(left, right))
    }
    row = above
  }
  return row[0] ?? first
}
