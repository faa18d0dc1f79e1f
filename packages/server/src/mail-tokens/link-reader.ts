import type { Context } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import type { ClientId } from '../kernel/ids.ts'
import type { LogReader, SealedEvent } from '../log/log-reader.ts'
import { circumstancesOf } from '../messages/circumstances.ts'
import type { Write } from '../storage/write.ts'

/** Somebody has asked for a link by mail. */
export interface Asked {
  readonly event: SealedEvent['id']
  readonly email: string
  readonly clientId: ClientId
  /** When the link is over. */
  readonly ends: Date
  /** When and from where it was asked for, for the mail. */
  readonly circumstances: ReturnType<typeof circumstancesOf>
}

interface Answering {
  readonly name: string
  readonly type: SealedEvent['type']
  readonly lifeSeconds: number
  /** The link and the mail that it goes with, in the tenant of who has asked. */
  readonly answer: (ctx: Context, asked: Asked) => Promise<readonly Write[]>
}

/** Answers those who have asked for a link by mail, apart from their request: its answer and its time can tell nothing. */
export function linkReader({ name, type, lifeSeconds, answer }: Answering): LogReader {
  return {
    name,
    begins: 'oldest',
    async read(ctx, events) {
      const writes: Write[] = []
      for (const event of events) {
        const { at, email, ip_address: ipAddress, user_agent: userAgent } = event
        const ends = new Date(at + lifeSeconds * secondMs)
        // What is too old for a link is passed over.
        if (event.type !== type || email === null || ends <= ctx.now) continue
        const { client_id: clientId } = JSON.parse(event.data) as { readonly client_id: ClientId }
        const circumstances = circumstancesOf({ at, ipAddress, userAgent })
        const asked = { event: event.id, email, clientId, ends, circumstances }
        writes.push(...(await answer({ ...ctx, tenantId: event.tenant_id }, asked)))
      }
      return writes
    },
  }
}
