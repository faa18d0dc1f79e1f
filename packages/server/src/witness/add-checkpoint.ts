import { type Context, commit, once, settle } from '../context.ts'
import type { SigningKey } from '../crypto/ed25519.ts'
import { hasGrown, rootOf } from '../crypto/merkle.ts'
import { hourMs } from '../kernel/durations.ts'
import { type Checkpoint, cosign, openCheckpoint } from '../log/checkpoint.ts'
import { record } from '../log/record.ts'
import { findWitnessed, growWitnessed, insertWitnessed, type WitnessedRow } from './witnessed.store.ts'

/** What it takes to watch over the logs of others. */
export interface WitnessTools {
  /** The logs that are watched, by their origin. */
  readonly logs: ReadonlyMap<string, Uint8Array>
  /** By which name and key we sign. */
  readonly name: string
  readonly key: SigningKey
}

/** What becomes of a checkpoint that is handed in (C2SP tlog-witness). */
export type Witnessed =
  | { readonly is: 'cosigned'; readonly line: string }
  /** Another size was the newest. */
  | { readonly is: 'conflict'; readonly size: number }
  | { readonly is: 'malformed' | 'unknown log' | 'not signed' | 'inconsistent' }

const largestNote = 4096
const mostHashes = 63

/**
 * Signs a checkpoint that proves to have grown from the newest one of its log that was signed before, and no other: of two logs under
 * one name that have grown apart, one is found out here, whoever has its keys.
 */
export function addCheckpoint(tools: WitnessTools) {
  const judge = judgeCheckpoint(tools)
  return async (ctx: Context, body: string): Promise<Witnessed> => {
    const verdict = await judge(ctx, body)
    await settle(ctx)
    return verdict
  }
}

function judgeCheckpoint({ logs, name, key }: WitnessTools) {
  return async (ctx: Context, body: string): Promise<Witnessed> => {
    const asked = parse(body)
    if (!asked) return { is: 'malformed' }
    const { from, hashes, note } = asked
    const [origin = ''] = note.split('\n', 1)
    const publicKey = logs.get(origin)
    if (!publicKey) return { is: 'unknown log' }
    const checkpoint = openCheckpoint(note, [publicKey])
    if (!checkpoint) return { is: 'not signed' }
    if (from > checkpoint.size) return { is: 'malformed' }
    const kept = await findWitnessed(ctx.db, origin)
    const before = { size: kept?.size ?? 0, root: kept?.root ?? rootOf([]) }
    if (from !== before.size) return { is: 'conflict', size: before.size }
    if (!hasGrown({ from: before, to: checkpoint, hashes })) {
      await recordFork(ctx, checkpoint, before.size)
      return from === checkpoint.size ? { is: 'conflict', size: before.size } : { is: 'inconsistent' }
    }

    const line = cosign(note, { name, key }, ctx.now)
    const { size, root } = checkpoint
    const row: WitnessedRow = { origin, size, root, note: `${note}${line}`, seen_at: ctx.now.getTime() }
    const { done } = await commit(ctx, [kept ? growWitnessed({ ...row, from }) : insertWitnessed(row)])
    if (done) return { is: 'cosigned', line }
    return { is: 'conflict', size: (await findWitnessed(ctx.db, origin))?.size ?? 0 }
  }
}

/** The newest checkpoint of a log that was signed here, with both signatures. */
export async function findCheckpoint(ctx: Context, origin: string): Promise<string | undefined> {
  const row = await findWitnessed(ctx.db, origin)
  await settle(ctx)
  return row?.note
}

/** An old size, hashes that prove, an empty line, and the checkpoint. */
function parse(body: string) {
  const cut = body.indexOf('\n\n')
  const [old = '', ...lines] = body.slice(0, Math.max(cut, 0)).split('\n')
  const [, size] = /^old (0|[1-9][0-9]{0,15})$/.exec(old) ?? []
  const note = body.slice(cut + 2)
  const areHashes = lines.length <= mostHashes && lines.every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line))
  if (size === undefined || !areHashes || note.length > largestNote) return undefined
  return { from: Number(size), hashes: lines.map((line) => Buffer.from(line, 'base64')), note }
}

/** It is signed by the key of the log: whoever has that key tells two stories. Once an hour is often enough to say so. */
async function recordFork(ctx: Context, { origin, size }: Checkpoint, held: number): Promise<void> {
  if (!(await once(ctx, `fork ${origin}`, hourMs))) return
  await commit(ctx, [record(ctx, { type: 'witness.fork_found', data: { origin, size, held } })])
}
