import type { Scope } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { findStanding } from '../administrators/find-standing.ts'
import type { Client } from '../clients/client.ts'
import { type Administrator, type Context, callingClient } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { Leases } from '../kernel/leases.ts'
import type { Sessions } from '../sessions/sessions.ts'

export interface FeedTools {
  readonly policy: Pick<Policy, 'auditFeeds'>
  readonly clients: Leases<Client>
  readonly sessions: Pick<Sessions, 'find'>
  readonly now: () => Date
}

/** What a look at the log found, and where to go on. */
interface Page {
  readonly data: readonly unknown[]
  readonly position: string
  readonly has_more: boolean
}

interface Source<P extends Page> {
  /** Whoever has it may have the feed. */
  readonly scope: Scope
  readonly begin?: (ctx: Context) => Promise<void>
  /** Where to begin: the position that was named, or the end of the log. */
  readonly findPlace: (ctx: Context, input: { readonly position?: string | undefined }) => Promise<number>
  readonly readOn: (ctx: Context, from: number) => Promise<P>
}

const lookEveryMs = 250
/** A feed says at least this often that it is alive: every fifteen seconds. */
const looksPerWord = 60
/** So many looks are five minutes: then the caller signs anew, with a secret that is still good. */
const looksPerFeed = 1200

const positionForm = /^\d{1,15}$/

/** Looks at the log again and again, for one who listens. It ends when they may not have it any more. */
export function followLog<P extends Page>({ policy, clients, sessions, now }: FeedTools, source: Source<P>) {
  let open = 0

  async function mayHave({ source: { ipAddress } }: Context, slug: string): Promise<boolean> {
    const client = await clients.find(slug, now())
    return client?.scopes.has(source.scope) === true && client.allowList.admits(ipAddress ?? '')
  }

  async function mayStillHave(ctx: Context, { session, role }: Administrator): Promise<boolean> {
    const [found, standing] = await Promise.all([
      sessions.find({ ...ctx, now: now() }, session.id),
      findStanding(ctx, session.user_id),
    ])
    return found?.ended_at === null && found.expires_at > now().getTime() && standing?.role === role
  }

  const isAllowed = (ctx: Context) =>
    ctx.actor.kind === 'administrator' ? mayStillHave(ctx, ctx.actor) : mayHave(ctx, callingClient(ctx).slug)

  return async function* (
    ctx: Context,
    input: { readonly position?: string | undefined },
    signal: AbortSignal,
    lastEventId: unknown,
  ): AsyncGenerator<P> {
    if (open >= policy.auditFeeds) {
      throw new Fault('overloaded', { detail: 'Too many feeds are open.', retryAfterSeconds: 5 })
    }
    open++
    try {
      await source.begin?.(ctx)
      const position = positionForm.test(String(lastEventId)) ? String(lastEventId) : input.position
      let from = await source.findPlace(ctx, { position })
      // At once, so that the caller knows where it stands.
      let silentLooks = looksPerWord
      for (let looks = 0; looks < looksPerFeed && !signal.aborted; looks++) {
        if (!(await isAllowed(ctx))) return
        const page = await source.readOn(ctx, from)
        from = Number(page.position)
        if (page.data.length > 0 || ++silentLooks >= looksPerWord) {
          silentLooks = 0
          yield page
        }
        if (!page.has_more) await pause(signal)
      }
    } finally {
      open--
    }
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, lookEveryMs)
    signal.addEventListener('abort', over, { once: true })
  })
}
