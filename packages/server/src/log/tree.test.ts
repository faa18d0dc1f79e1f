import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { hasGrown, hashLeaf } from '../crypto/merkle.ts'
import {
  append,
  consistencyRanges,
  type Edge,
  emptyEdge,
  inclusionRanges,
  rootOfEdge,
  rootsOf,
  type Tile,
  tileWidth,
} from './tree.ts'

const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
const leaf = (index: number) => hashLeaf(`event ${index}`)

/** RFC 6962 section 2.1, as it is written there. */
function merkleTreeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0]!
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Uint8Array.of(1), merkleTreeHash(leaves.slice(0, k)), merkleTreeHash(leaves.slice(k)))
}

/** RFC 6962 section 2.1.1. */
function path(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return []
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m < k ? [...path(m, left), merkleTreeHash(right)] : [...path(m - k, right), merkleTreeHash(left)]
}

/** RFC 6962 section 2.1.2. */
function proof(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  const subproof = (m: number, leaves: readonly Uint8Array[], isWhole: boolean): Uint8Array[] => {
    const n = leaves.length
    if (m === n) return isWhole ? [] : [merkleTreeHash(leaves)]
    let k = 1
    while (k * 2 < n) k *= 2
    const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
    return m <= k
      ? [...subproof(m, left, isWhole), merkleTreeHash(right)]
      : [...subproof(m - k, right, false), merkleTreeHash(left)]
  }
  return subproof(m, leaves, true)
}

/** A log that grows by batches, and all tiles as they are kept. */
function grow(batches: readonly number[]) {
  const tiles = new Map<string, Tile>()
  let edge: Edge = emptyEdge
  for (const size of batches) {
    const leaves = Array.from({ length: size }, (_, index) => leaf(edge.size + index))
    const grown = append(edge, leaves)
    edge = grown.edge
    for (const tile of grown.changed) tiles.set(`${tile.level} ${tile.number}`, tile)
  }
  const readTile = async (level: number, number: number) => tiles.get(`${level} ${number}`)?.hashes ?? []
  return { edge, readTile }
}

const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => leaf(index))
const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'))

test('the hash of a leaf is that of RFC 6962, prefix 00', () => {
  assert.deepEqual(hashLeaf('é'), sha256(Buffer.from('\0é')))
})

test('the root is that of RFC 6962, whatever the batches were', () => {
  for (const batches of [[], [1], [2], [3, 4], [255], [256], [257], [1, 255, 1], [700, 300], [511, 1, 1, 1000]]) {
    const { edge } = grow(batches)
    assert.deepEqual(hex([rootOfEdge(edge)]), hex([merkleTreeHash(leavesOf(edge.size))]), String(batches))
  }
})

test('the root of a log of three levels is that of RFC 6962', () => {
  const size = tileWidth ** 2 + 300
  const { edge } = grow([size])
  assert.equal(edge.levels.length, 3)
  assert.deepEqual(hex([rootOfEdge(edge)]), hex([merkleTreeHash(leavesOf(size))]))
})

test('every inclusion proof is that of RFC 6962', async () => {
  for (const size of [1, 2, 3, 7, 8, 300]) {
    const { readTile } = grow([size, 5])
    for (let position = 0; position < size; position++) {
      const roots = await rootsOf(inclusionRanges(position, size), readTile)
      assert.deepEqual(hex(roots), hex(path(position, leavesOf(size))), `${position} of ${size}`)
    }
  }
})

test('every consistency proof is that of RFC 6962', async () => {
  for (const to of [1, 2, 7, 8, 100, 520]) {
    const { readTile } = grow([to, 300])
    for (let from = 1; from <= to; from += to > 100 ? 13 : 1) {
      const roots = await rootsOf(consistencyRanges(from, to), readTile)
      assert.deepEqual(hex(roots), hex(proof(from, leavesOf(to))), `${from} of ${to}`)
      const [before, after] = [from, to].map((size) => ({ size, root: merkleTreeHash(leavesOf(size)) }))
      assert.ok(before && after && hasGrown({ from: before, to: after, hashes: roots }), `${from} of ${to}`)
      const other = { size: from, root: leaf(0) }
      assert.equal(hasGrown({ from: other, to: after, hashes: roots }), from === 1)
    }
  }
  assert.deepEqual(consistencyRanges(0, 8), [])
})

test('a tile that is shorter than the log is no proof', async () => {
  await assert.rejects(
    rootsOf(inclusionRanges(0, 300), async () => [leaf(0)]),
    /the tile 0\/0 of the log is too short/,
  )
})
