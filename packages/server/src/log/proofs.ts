import type {
  getConsistencyProof as ConsistencyContract,
  getInclusionProof as InclusionContract,
} from '@gatehouse/contract/log-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { LogCheckpoint } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { signingKey } from '../crypto/ed25519.ts'
import { Fault } from '../kernel/fault.ts'
import type { Keyring } from '../keys/keyring.ts'
import { verifierKey } from './checkpoint.ts'
import { findSealedEvent } from './event.store.ts'
import { leafText } from './leaf.ts'
import { findNewestSeal, type SealRow } from './seal.store.ts'
import { readTile } from './tiles.ts'
import { consistencyRanges, inclusionRanges, rootsOf } from './tree.ts'

/** What the whole log is now, signed. */
export function getLogCheckpoint(keys: Keyring) {
  const { publicKey } = signingKey(keys.logSeeds[0])
  return async (ctx: Context): Promise<LogCheckpoint> => {
    const seal = await getNewestSeal(ctx)
    const [origin = ''] = seal.note.split('\n', 1)
    return {
      checkpoint: seal.note,
      size: seal.size,
      root: base64(seal.root),
      sealed_at: new Date(seal.sealed_at).toISOString(),
      verifier_key: verifierKey(origin, publicKey),
    }
  }
}

/** What proves to others that an event of the caller's tenant is in the log. */
export async function getInclusionProof(
  ctx: Context,
  input: Parsed<typeof InclusionContract>,
): Promise<Output<typeof InclusionContract>> {
  const { position } = input
  const event = await findSealedEvent(ctx.db, ctx.tenantId, position)
  if (!event) throw new Fault('not_sealed')
  const { salt } = event
  const { size, note } = await getNewestSeal(ctx)
  const fields = [event.email, event.ip_address, event.user_agent, event.geo_location]
  return {
    position,
    size,
    leaf: leafText(event),
    hashes: await hashesOf(ctx, inclusionRanges(position, size)),
    checkpoint: note,
    opening: salt && { salt: Buffer.from(salt).toString('hex'), fields },
  }
}

/** What proves to others that nothing was changed or taken away between two sizes of the log. */
export async function getConsistencyProof(
  ctx: Context,
  input: Parsed<typeof ConsistencyContract>,
): Promise<Output<typeof ConsistencyContract>> {
  const { size } = await getNewestSeal(ctx)
  const { from, to = size } = input
  if (from > to || to > size) {
    const detail = `The log has ${size} events: \`to\` must not be greater, and \`from\` not greater than \`to\`.`
    throw new Fault('invalid_request', { detail })
  }
  return { from, to, hashes: await hashesOf(ctx, consistencyRanges(from, to)) }
}

async function getNewestSeal(ctx: Context): Promise<SealRow> {
  const seal = await findNewestSeal(ctx.db)
  if (!seal) throw new Fault('not_sealed')
  return seal
}

async function hashesOf(ctx: Context, ranges: Parameters<typeof rootsOf>[0]): Promise<string[]> {
  return (await rootsOf(ranges, (level, number) => readTile(ctx.db, level, number))).map(base64)
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
