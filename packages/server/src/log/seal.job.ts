import { type Context, commit } from '../context.ts'
import type { SigningKey } from '../crypto/ed25519.ts'
import { hashLeaf } from '../crypto/merkle.ts'
import type { Job } from '../jobs/job.ts'
import { signCheckpoint } from './checkpoint.ts'
import { eventGuard } from './event.store.ts'
import { leafText } from './leaf.ts'
import { readEdge } from './read-edge.ts'
import { assertNumbered, findNewestSeal, insertSeal, listUnsealed, numberEvents, type SealRow } from './seal.store.ts'
import { keepTile } from './tiles.ts'
import { append, type Edge, emptyEdge, rootOfEdge } from './tree.ts'

export interface SealTools {
  readonly key: SigningKey
  /** The name of a log that has none yet: C2SP wants the address of the service without its scheme. */
  readonly origin: string
}

/** Small enough that nobody waits for a seal, large enough that a seal costs its events next to nothing. */
const eventsPerSeal = 500

/**
 * Gives events their positions in order of insertion and seals them. What is sealed by one commit is decided against
 * the seal before it: of two nodes that seal at once one succeeds, and no two checkpoints contradict each other.
 */
export function sealJob({ key, origin }: SealTools): Job {
  /** The edge after the seal of this number, so that it is not read again for each. */
  let known: { readonly number: number; readonly edge: Edge } = { number: 0, edge: emptyEdge }

  async function edgeAfter(ctx: Context, seal: SealRow | undefined): Promise<Edge> {
    if (!seal) return emptyEdge
    return known.number === seal.number ? known.edge : readEdge(ctx.db, seal)
  }

  return {
    name: 'seal',
    everyMs: 500,
    restMs: 100,
    wokenBy: ({ guardName }) => guardName === eventGuard,
    async run(ctx) {
      const before = await findNewestSeal(ctx.db)
      const events = await listUnsealed(ctx.db, firstCandidate(ctx, before), eventsPerSeal)
      const [first, last] = [events[0], events.at(-1)]
      if (!first || !last) return 'done'
      const { edge, changed } = append(
        await edgeAfter(ctx, before),
        events.map((event) => hashLeaf(leafText(event))),
      )
      const { size } = edge
      const root = rootOfEdge(edge)
      const number = (before?.number ?? 0) + 1
      const checkpoint = { origin: before?.note.split('\n', 1)[0] ?? origin, size, root }
      const base = size - events.length
      const { done } = await commit(ctx, [
        insertSeal({
          number,
          size,
          root,
          note: signCheckpoint(checkpoint, key),
          last_seq: Math.max(last.seq, before?.last_seq ?? 0),
          sealed_at: ctx.now.getTime(),
        }),
        numberEvents({ first: first.seq, last: last.seq, base }),
        assertNumbered({ number, size, base, count: events.length }),
        ...changed.map(keepTile),
      ])
      if (done) known = { number, edge }
      return done && events.length < eventsPerSeal ? 'done' : 'again'
    },
  }
}

/**
 * SQLite has one writer: no event comes to light below one that is sealed. In PostgreSQL a slow transaction shows its
 * events late, below others that have their positions already; an index of all that have none finds them.
 */
function firstCandidate(ctx: Context, before: SealRow | undefined): number {
  return ctx.storage.engine === 'sqlite' ? (before?.last_seq ?? 0) : 0
}
