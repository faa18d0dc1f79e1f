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

/** Two trees, by their sizes and roots. */
interface Growth {
  readonly from: { readonly size: number; readonly root: Uint8Array }
  readonly to: { readonly size: number; readonly root: Uint8Array }
  readonly hashes: readonly Uint8Array[]
}

/** Whether the hashes prove that the first tree begins the second (RFC 9162 section 2.1.4.2). Every tree has grown from none. */
export function hasGrown({ from, to, hashes }: Growth): boolean {
  if (from.size === to.size) return hashes.length === 0 && isSame(from.root, to.root)
  if (from.size === 0) return hashes.length === 0
  if (from.size > to.size) return false
  const [first, ...others] = Number.isInteger(Math.log2(from.size)) ? [from.root, ...hashes] : hashes
  if (first === undefined || others.length === 0) return false
  const half = (number: number) => Math.floor(number / 2)
  let [left, right] = [from.size - 1, to.size - 1]
  while (left % 2 === 1) [left, right] = [half(left), half(right)]
  let [before, after] = [first, first]
  for (const hash of others) {
    if (right === 0) return false
    if (left % 2 === 1 || left === right) {
      before = hashNode(hash, before)
      after = hashNode(hash, after)
      while (left % 2 === 0 && left !== 0) [left, right] = [half(left), half(right)]
    } else {
      after = hashNode(after, hash)
    }
    ;[left, right] = [half(left), half(right)]
  }
  return right === 0 && isSame(before, from.root) && isSame(after, to.root)
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
