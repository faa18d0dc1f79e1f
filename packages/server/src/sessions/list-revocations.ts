import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { listRevocations as Contract } from '@gatehouse/contract/verification-operations'
import type { Client } from '../clients/client.ts'
import { type Context, callingClient } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Leases } from '../kernel/leases.ts'
import { type Ending, listEndingsOfClient } from './ending.store.ts'
import type { TokenKeys } from './token-keys.ts'
import { type EndingWatch, wideOverlapMs } from './watch-endings.ts'

interface Tools {
  readonly tokenKeys: TokenKeys
  readonly policy: Policy
}

type Input = Parsed<typeof Contract>
type Page = Output<typeof Contract>

const endingsPerPage = 1000

/** A page of the sessions of the calling client that are over. */
export function listRevocations({ tokenKeys, policy }: Tools) {
  return async (ctx: Context, { since }: Input): Promise<Page> => {
    const client = callingClient(ctx)
    if (!client.localVerification) throw new Fault('local_verification_off')
    const at = ctx.now.getTime()
    return readPage(ctx, client, tokenKeys, { since, at, oldest: at - policy.accessTokenSeconds * secondMs })
  }
}

interface Reading {
  readonly since: string | undefined
  /** When we look. */
  readonly at: number
  /** Tokens of what ended before that have run out. */
  readonly oldest: number
}

async function readPage(
  { db }: Pick<Context, 'db'>,
  client: Client,
  tokenKeys: TokenKeys,
  { since, at, oldest }: Reading,
): Promise<Page> {
  const [time = '', id] = since?.split('.') ?? []
  // Behind one that is named nothing is missed. A bare time is that of a look, which later commits may still lie before.
  const from = since === undefined ? oldest : id === undefined ? Number(time) - wideOverlapMs : Number(time)
  const limit = endingsPerPage
  const ended_at = Math.max(from, oldest)
  const endings = await listEndingsOfClient(db, {
    client_id: client.id,
    ended_at,
    id: ended_at === from ? (id ?? '') : '',
    limit,
  })
  const last = endings.length === limit ? endings.at(-1) : undefined
  return {
    data: endings.map(showEnding),
    position: last ? `${last.ended_at}.${last.id}` : String(at),
    has_more: last !== undefined,
    at,
    key_ids: [...tokenKeys.idsOf(client)],
  }
}

function showEnding({ id, ended_at }: Ending): Page['data'][number] {
  return { session_id: id, ended_at: new Date(ended_at).toISOString() }
}

interface FeedTools extends Tools {
  readonly watch: EndingWatch
  readonly clients: Leases<Client>
  readonly now: () => Date
}

/** A feed says at least this often that it is still complete: once in so many looks, which is a second. */
const looksPerWord = 4
/** So many looks are five minutes: then the caller signs anew, with a secret that is still good. */
const looksPerFeed = 1200

/**
 * The same without an end: pages of what was, then what happens, and a word every second that nothing was left out. It ends
 * when the client may not have it any more.
 */
export function followRevocations({ tokenKeys, policy, watch, clients, now }: FeedTools) {
  return async function* (ctx: Context, { since }: Input, signal: AbortSignal): AsyncGenerator<Page> {
    const { slug, id, localVerification } = callingClient(ctx)
    if (!localVerification) throw new Fault('local_verification_off')
    const seat = watch.join(id)
    signal.addEventListener('abort', seat.leave, { once: true })
    try {
      let position = since
      for (let hasMore = true; hasMore; ) {
        const client = await findAllowed(ctx, slug)
        if (!client || signal.aborted) return
        const at = now().getTime()
        const oldest = at - policy.accessTokenSeconds * secondMs
        const page = await readPage(ctx, client, tokenKeys, { since: position, at, oldest })
        yield page
        position = page.position
        hasMore = page.has_more
      }
      for (let looks = 1; looks < looksPerFeed; looks++) {
        const look = await seat.next()
        const client = await findAllowed(ctx, slug)
        if (!look || !client) return
        if (look.endings.length === 0 && looks % looksPerWord !== 0) continue
        yield {
          data: look.endings.map(showEnding),
          position: String(look.at),
          has_more: false,
          at: look.at,
          key_ids: [...tokenKeys.idsOf(client)],
        }
      }
    } finally {
      seat.leave()
    }
  }

  async function findAllowed({ source }: Context, slug: string): Promise<Client | undefined> {
    const client = await clients.find(slug, now())
    const isAllowed =
      client?.localVerification && client.scopes.has('tokens') && client.allowList.admits(source.ipAddress ?? '')
    return isAllowed ? client : undefined
  }
}
