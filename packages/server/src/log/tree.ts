import { hashNode, rootOf } from '../crypto/merkle.ts'

type Hash = Uint8Array

/** How many hashes a full tile holds; its root is one hash of the tile above (C2SP tlog-tiles). */
export const tileWidth = 256

/** Hashes that stand side by side: on level 0 those of leaves, above the roots of full tiles. */
export interface Tile {
  readonly level: number
  readonly number: number
  readonly hashes: readonly Hash[]
}

/** The right edge of the tree: on each level the hashes of the tile that is not full. All that an append needs. */
export interface Edge {
  readonly size: number
  readonly levels: readonly (readonly Hash[])[]
}

export const emptyEdge: Edge = { size: 0, levels: [] }

/** How many hashes there are on a level of a tree. */
function countHashes(size: number, level: number): number {
  return Math.floor(size / tileWidth ** level)
}

/** The tiles that hold the edge of a tree of this size: on each level the one that is not full. */
export function edgeTiles(size: number): { readonly level: number; readonly number: number; readonly width: number }[] {
  const tiles = []
  for (let level = 0; countHashes(size, level) > 0; level++) {
    const hashes = countHashes(size, level)
    tiles.push({ level, number: Math.floor(hashes / tileWidth), width: hashes % tileWidth })
  }
  return tiles
}

/** Puts leaves at the end. `changed` holds each tile that is new or has grown, as it is afterwards. */
export function append(
  edge: Edge,
  leaves: readonly Hash[],
): { readonly edge: Edge; readonly changed: readonly Tile[] } {
  const levels = edge.levels.map((hashes, level) => ({
    number: Math.floor(countHashes(edge.size, level) / tileWidth),
    hashes: [...hashes],
  }))
  const full: Tile[] = []
  const grown = new Set<number>()

  function push(level: number, hash: Hash): void {
    const { number, hashes } = levels[level] ?? { number: 0, hashes: [] }
    hashes.push(hash)
    const isFull = hashes.length === tileWidth
    levels[level] = isFull ? { number: number + 1, hashes: [] } : { number, hashes }
    if (!isFull) return void grown.add(level)
    grown.delete(level)
    full.push({ level, number, hashes })
    push(level + 1, rootOf(hashes))
  }

  for (const leaf of leaves) push(0, leaf)
  const begun = [...grown].flatMap((level) => (levels[level] ? [{ level, ...levels[level] }] : []))
  const after = { size: edge.size + leaves.length, levels: levels.map(({ hashes }) => hashes) }
  return { edge: after, changed: [...full, ...begun] }
}

/** The root of the whole tree. */
export function rootOfEdge({ levels }: Edge): Hash {
  const peaks = levels.toReversed().flatMap((hashes) => peaksOf(hashes))
  return joinPeaks(peaks)
}

/** The roots of the perfect trees, from left to right, that hashes side by side fall into. */
function peaksOf(hashes: readonly Hash[]): Hash[] {
  const peaks: Hash[] = []
  let done = 0
  for (let width = tileWidth; width >= 1; width /= 2) {
    if (hashes.length - done < width) continue
    peaks.push(rootOf(hashes.slice(done, done + width)))
    done += width
  }
  return peaks
}

function joinPeaks(peaks: readonly Hash[]): Hash {
  const [last, ...others] = peaks.toReversed()
  return last === undefined ? rootOf([]) : others.reduce((right, left) => hashNode(left, right), last)
}

/** Leaves from `start` on and before `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** What proves that leaf `position` is in the tree of `size`: these ranges' roots (RFC 9162 section 2.1.3.1). */
export function inclusionRanges(position: number, size: number): readonly Range[] {
  function path(start: number, end: number): Range[] {
    if (end - start === 1) return []
    const middle = start + splitOf(end - start)
    return position < middle
      ? [...path(start, middle), { start: middle, end }]
      : [...path(middle, end), { start, end: middle }]
  }
  return path(0, size)
}

/** What proves that the tree of `from` leaves begins that of `to`: these ranges' roots (RFC 9162 section 2.1.4.1). */
export function consistencyRanges(from: number, to: number): readonly Range[] {
  function path(start: number, end: number, isWhole: boolean): Range[] {
    if (from === end) return isWhole ? [] : [{ start, end }]
    const middle = start + splitOf(end - start)
    return from <= middle
      ? [...path(start, middle, isWhole), { start: middle, end }]
      : [...path(middle, end, false), { start, end: middle }]
  }
  return from === 0 ? [] : path(0, to, true)
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

/** A root of a perfect tree, found in one tile: that of `width` hashes from `from` on. */
interface Peak {
  readonly level: number
  readonly number: number
  readonly from: number
  readonly width: number
}

/** Where the roots are whose joining makes the root of a range that one of the functions above has named. */
function peaksOfRange({ start, end }: Range): readonly Peak[] {
  const peaks: Peak[] = []
  for (let done = start; done < end; ) {
    let size = 1
    while (size * 2 <= end - done && done % (size * 2) === 0) size *= 2
    let level = 0
    while (tileWidth ** (level + 1) <= size) level++
    const index = done / tileWidth ** level
    const width = size / tileWidth ** level
    peaks.push({ level, number: Math.floor(index / tileWidth), from: index % tileWidth, width })
    done += size
  }
  return peaks
}

/** The roots of ranges. `readTile` gives a tile as full as the tree has it. */
export async function rootsOf(
  ranges: readonly Range[],
  readTile: (level: number, number: number) => Promise<readonly Hash[]>,
): Promise<readonly Hash[]> {
  const tiles = new Map<string, Promise<readonly Hash[]>>()
  const tileOf = ({ level, number }: Peak) => {
    const name = `${level} ${number}`
    const tile = tiles.get(name) ?? readTile(level, number)
    tiles.set(name, tile)
    return tile
  }
  const rootOfPeak = async (peak: Peak) => {
    const hashes = (await tileOf(peak)).slice(peak.from, peak.from + peak.width)
    if (hashes.length < peak.width) throw new Error(`the tile ${peak.level}/${peak.number} of the log is too short`)
    return rootOf(hashes)
  }
  return Promise.all(ranges.map(async (range) => joinPeaks(await Promise.all(peaksOfRange(range).map(rootOfPeak)))))
}
