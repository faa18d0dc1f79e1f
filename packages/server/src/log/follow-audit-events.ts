import type { followAuditEvents as Contract } from '@gatehouse/contract/audit-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { Client } from '../clients/client.ts'
import { type Context, callingClient } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { Leases } from '../kernel/leases.ts'
import { listSealed } from './cursor.store.ts'
import { isSealed } from './log-reader.ts'
import { noteReading } from './note-reading.ts'
import { findNewestSeal } from './seal.store.ts'
import { showEvent } from './show-event.ts'

type Input = Parsed<typeof Contract>
type Page = Output<typeof Contract>

/** How many events of the log, of all tenants, one look takes. */
const eventsPerLook = 500
const lookEveryMs = 250
/** A feed says at least this often that it is alive: every fifteen seconds. */
const looksPerWord = 60
/** So many looks are five minutes: then the caller signs anew, with a secret that is still good. */
const looksPerFeed = 1200

const positionForm = /^\d{1,15}$/

/** The sealed events of the caller's tenant from a position on, the oldest first; without one, only where the log ends. */
export async function pollAuditEvents(ctx: Context, input: Input): Promise<Page> {
  const page = await readOn(ctx, await beginOf(ctx, input))
  await noteReading(ctx, 'feed', {})
  return page
}

/** The place where the log ends, or the one that is named. */
export async function beginOf({ db }: Pick<Context, 'db'>, { position }: Pick<Input, 'position'>): Promise<number> {
  return position === undefined ? ((await findNewestSeal(db))?.size ?? 0) : Number(position)
}

/** What is sealed from a place on. */
export async function readOn({ db, tenantId }: Pick<Context, 'db' | 'tenantId'>, from: number): Promise<Page> {
  const rows = (await listSealed(db, from, eventsPerLook)).filter(isSealed)
  return {
    data: rows.filter((row) => row.tenant_id === tenantId).map(showEvent),
    position: String((rows.at(-1)?.position ?? from - 1) + 1),
    has_more: rows.length === eventsPerLook,
  }
}

interface FeedTools {
  readonly policy: Policy
  readonly clients: Leases<Client>
  readonly now: () => Date
}

/**
 * The same without an end: what was since the position, then what happens, within half a second of its seal. It ends
 * when the client may not have it any more.
 */
export function followAuditEvents({ policy, clients, now }: FeedTools) {
  let open = 0

  async function mayHave({ source }: Context, slug: string): Promise<boolean> {
    const client = await clients.find(slug, now())
    return client?.scopes.has('audit:read') === true && client.allowList.admits(source.ipAddress ?? '')
  }

  return async function* (ctx: Context, input: Input, signal: AbortSignal, lastEventId: unknown): AsyncGenerator<Page> {
    const { slug } = callingClient(ctx)
    if (open >= policy.auditFeeds) {
      throw new Fault('overloaded', { detail: 'Too many feeds of the record are open.', retryAfterSeconds: 5 })
    }
    open++
    try {
      await noteReading(ctx, 'feed', {})
      const position = positionForm.test(String(lastEventId)) ? String(lastEventId) : input.position
      let from = await beginOf(ctx, { position })
      // At once, so that the caller knows where it stands.
      let silentLooks = looksPerWord
      for (let looks = 0; looks < looksPerFeed && !signal.aborted; looks++) {
        if (!(await mayHave(ctx, slug))) return
        const page = await readOn(ctx, from)
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
