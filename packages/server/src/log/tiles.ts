import type { Reader } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import { findTile, replaceTile } from './seal.store.ts'
import type { Tile } from './tree.ts'

/** How long the hash of a leaf or node is. */
export const hashBytes = 32

/** Keeps a tile that is new or has grown. */
export function keepTile({ level, number, hashes }: Tile): Write {
  return replaceTile({ level, number, hashes: Buffer.concat(hashes) })
}

/** The hashes of a tile as far as they go. */
export async function readTile(db: Reader, level: number, number: number): Promise<readonly Uint8Array[]> {
  const bytes = (await findTile(db, level, number)) ?? new Uint8Array()
  const count = Math.floor(bytes.length / hashBytes)
  return Array.from({ length: count }, (_, index) => bytes.subarray(hashBytes * index, hashBytes * (index + 1)))
}
