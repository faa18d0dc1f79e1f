import { equal } from '../crypto/equal.ts'
import type { Reader } from '../storage/storage.ts'
import type { SealRow } from './seal.store.ts'
import { readTile } from './tiles.ts'
import { type Edge, edgeTiles, rootOfEdge } from './tree.ts'

/**
 * The right edge of the sealed log.
 * @throws Error when it does not fit the seal: somebody has changed it, and what does not fit is not signed
 */
export async function readEdge(db: Reader, seal: Pick<SealRow, 'size' | 'root'>): Promise<Edge> {
  const levels = await Promise.all(
    // A seal of another node may be ahead of this one: what has come since is left out.
    edgeTiles(seal.size).map(async ({ level, number, width }) =>
      width === 0 ? [] : (await readTile(db, level, number)).slice(0, width),
    ),
  )
  const edge = { size: seal.size, levels }
  if (!equal(rootOfEdge(edge), seal.root)) {
    throw new Error(
      `The sealed log does not fit its last seal of ${seal.size} events. Nothing more is sealed; run: gatehouse audit verify`,
    )
  }
  return edge
}
