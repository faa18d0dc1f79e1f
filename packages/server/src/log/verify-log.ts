import type { Context } from '../context.ts'
import { equal } from '../crypto/equal.ts'
import { hashLeaf } from '../crypto/merkle.ts'
import { addressKey } from '../kernel/address.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { commitTo } from './commitment.ts'
import { findFirstPosition, listEventRows } from './event.store.ts'
import { leafText } from './leaf.ts'
import { findNewestSeal, findTile, listSeals } from './seal.store.ts'
import { hashBytes, readTile } from './tiles.ts'
import { append, type Edge, emptyEdge, rootOfEdge, type Tile, tileWidth } from './tree.ts'

export type LogVerdict =
  | {
      readonly fits: true
      readonly size: number
      readonly root: Uint8Array
      /** How many of the oldest events were cleared away: of them the hashes fit, and nothing else can be said. */
      readonly gone: number
    }
  | {
      readonly fits: false
      /** The first position that does not fit, where one can be named. */
      readonly position?: number
      readonly reason: string
    }

export interface VerifyOptions {
  /** Keys that may have signed. */
  readonly publicKeys: readonly Uint8Array[]
  /** Checkpoints from elsewhere, which the log must have grown from. */
  readonly known?: readonly Checkpoint[] | undefined
  readonly onProgress?: (done: number, size: number) => void
}

type Row = Awaited<ReturnType<typeof listEventRows>>[number]

/** A whole number of tiles, so that each page can be compared with the tiles that it fills. */
const pageSize = 4 * tileWidth

/** Reads the whole log and makes all of it again: leaves, tiles, root. Says what does not fit first. */
export async function verifyLog(ctx: Context, options: VerifyOptions): Promise<LogVerdict> {
  const { publicKeys, known = [], onProgress } = options
  const seal = await findNewestSeal(ctx.db)
  if (!seal)
    return known.length > 0
      ? unfit('There is no sealed log.')
      : { fits: true, size: 0, root: rootOfEdge(emptyEdge), gone: 0 }
  const signed = openCheckpoint(seal.note, publicKeys)
  if (signed?.size !== seal.size || !equal(signed.root, seal.root)) {
    return unfit('The newest checkpoint is not signed by the key of this log.')
  }
  const foreign = known.find(({ origin }) => origin !== signed.origin)
  if (foreign) return unfit(`The checkpoint given is of another log, ${foreign.origin}.`)
  if (known.some(({ size }) => size > seal.size)) {
    return unfit('The checkpoint given is of a longer log: the end is missing.', seal.size)
  }

  const gone = await countGone(ctx)
  /** How far the record itself says that events were cleared away. */
  let accounted = 0
  let edge: Edge = emptyEdge
  const waiting = known.toSorted((one, other) => one.size - other.size)
  let compared = 0
  while (edge.size < seal.size) {
    const start = edge.size
    const isGone = start < gone
    const end = Math.min(start + pageSize, isGone ? gone : seal.size)
    const rows = isGone ? [] : await listEventRows(ctx.db, start, end, pageSize)
    const made = rows.map((row) => hashLeaf(leafText(row)))
    const wrong = isGone ? undefined : await findWrongRow(ctx, rows, made, { start, count: end - start })
    if (wrong) return wrong
    const leaves: readonly Uint8Array[] = isGone ? await readLeaves(ctx, start, end) : made
    if (leaves.length === 0) return unfit('The hashes from here on are missing.', start)
    accounted = Math.max(accounted, ...rows.map(clearedBy))
    // A witness has one of each minute, for years: each goes on from the one before.
    let then = edge
    for (let next = waiting[compared]; next && next.size <= start + leaves.length; next = waiting[++compared]) {
      const { size, root } = next
      then = append(then, leaves.slice(then.size - start, size - start)).edge
      if (!equal(rootOfEdge(then), root)) {
        return unfit(`The first ${size} events are not those of the checkpoint given.`)
      }
    }
    const grown = append(edge, leaves)
    const wrongTile = await findWrongTile(ctx, grown.changed)
    if (wrongTile) return wrongTile
    edge = grown.edge
    onProgress?.(edge.size, seal.size)
  }
  const root = rootOfEdge(edge)
  if (!equal(root, seal.root)) return findWrongSeal(ctx, gone)
  if (gone > accounted) return unfit('Events are missing, and no event tells that they were cleared away.', accounted)
  return { fits: true, size: seal.size, root, gone }
}

/** How many events are missing at the beginning, in whole tiles. */
async function countGone(ctx: Context): Promise<number> {
  const first = (await findFirstPosition(ctx.db)) ?? 0
  return first - (first % tileWidth)
}

/** The hashes of leaves whose events are gone. */
async function readLeaves(ctx: Context, start: number, end: number): Promise<readonly Uint8Array[]> {
  const leaves: Uint8Array[] = []
  for (let at = start; at < end; at += tileWidth) leaves.push(...(await readTile(ctx.db, 0, at / tileWidth)))
  return leaves
}

function clearedBy({ type, data }: Row): number {
  return type === 'audit.pruned' ? Number(JSON.parse(data).below) : 0
}

function unfit(reason: string, position?: number): LogVerdict {
  return { fits: false, reason, ...(position !== undefined && { position }) }
}

/** Each row against its place, the leaf that was sealed there, and its personal fields against what was committed to. */
async function findWrongRow(
  ctx: Context,
  rows: readonly Row[],
  leaves: readonly Buffer[],
  { start, count }: { readonly start: number; readonly count: number },
) {
  for (let i = 0; i < count; i += tileWidth) {
    const width = Math.min(tileWidth, count - i)
    const tile = (await findTile(ctx.db, 0, (start + i) / tileWidth)) ?? new Uint8Array()
    const isWhole = Buffer.concat(leaves.slice(i, i + width)).equals(tile.subarray(0, width * hashBytes))
    for (let j = 0; j < width; j++) {
      const row = rows[i + j]
      const position = start + i + j
      if (row?.position !== position) return unfit('The event is missing.', position)
      if (!isWhole && !leaves[i + j]?.equals(tile.subarray(j * hashBytes, (j + 1) * hashBytes))) {
        return unfit(`The event (now ${row.id}) is not the one that was sealed.`, position)
      }
      if (!isOpening(row)) return unfit('The personal fields of the event were changed.', position)
    }
  }
  return undefined
}

/** Erased fields open nothing and prove nothing; those that are there must be the ones that were committed to. */
function isOpening({ salt, commitment, email, ip_address, user_agent, geo_location, address_key }: Row): boolean {
  if (!salt) return [email, ip_address, user_agent, geo_location, address_key].every((field) => field === null)
  if (!isKeyOf(ip_address, address_key)) return false
  const personal = { email, ipAddress: ip_address, userAgent: user_agent, geoLocation: geo_location }
  return Buffer.compare(commitTo(salt, personal), commitment) === 0
}

function isKeyOf(address: string | null, found: Uint8Array | null): boolean {
  // Nearly all of them, read the quick way.
  if (found?.length === 5 && address === `${found[1]}.${found[2]}.${found[3]}.${found[4]}`) return found[0] === 4
  const key = addressKey(address ?? '')
  return key === null || found === null ? key === found : Buffer.compare(key, found) === 0
}

/** The tiles above the leaves. The one that grows may have grown since. */
async function findWrongTile(ctx: Context, tiles: readonly Tile[]) {
  for (const { level, number, hashes } of tiles) {
    if (level === 0) continue
    const kept = await readTile(ctx.db, level, number)
    const wrong = hashes.findIndex((hash, index) => !kept[index] || !equal(hash, kept[index]))
    if (wrong < 0) continue
    const width = tileWidth ** level
    return unfit('The hashes over the events from here on were changed.', (number * tileWidth + wrong) * width)
  }
  return undefined
}

/** Rows and hashes were changed alike: the seals still tell when. */
async function findWrongSeal(ctx: Context, gone: number): Promise<LogVerdict> {
  let edge: Edge = emptyEdge
  for (let number = 1; ; number++) {
    const [seal] = await listSeals(ctx.db, number, 1)
    if (!seal) return unfit('The log does not fit its newest checkpoint.')
    const start = edge.size
    const leaves: Uint8Array[] = []
    while (start + leaves.length < seal.size) {
      const at = start + leaves.length
      if (at < gone) {
        const tile = await readTile(ctx.db, 0, Math.floor(at / tileWidth))
        leaves.push(...tile.slice(at % tileWidth, (at % tileWidth) + seal.size - at))
        continue
      }
      const rows = await listEventRows(ctx.db, at, seal.size, pageSize)
      if (rows.length === 0) break
      for (const row of rows) leaves.push(hashLeaf(leafText(row)))
    }
    edge = append(edge, leaves).edge
    if (equal(rootOfEdge(edge), seal.root)) continue
    return unfit(`Somewhere up to position ${seal.size - 1} is an event that is not the one that was sealed.`, start)
  }
}
