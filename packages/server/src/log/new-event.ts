import type { EventType } from '@gatehouse/contract/events'
import type { SessionId, UserId } from '../kernel/ids.ts'

/** What an operation knows of a thing that happened. Who, from where and when come from the context (`record.ts`). */
export interface NewEvent {
  readonly type: EventType
  readonly userId?: UserId | undefined
  readonly sessionId?: SessionId | undefined
  /** The e-mail address that it is about. Personal, erasable. */
  readonly email?: string | undefined
  /** Facts without anything personal or secret: ids, codes, counts. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>
}
