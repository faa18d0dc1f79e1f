import type { World } from '../kernel/moment.ts'
import type { Channel, OutgoingMessage } from './channel.ts'

/** A message that was kept in place of being sent. */
export interface CapturedMessage extends OutgoingMessage {
  readonly at: Date
}

/** Where messages go when nobody is to get any: development and tests. In memory, never on a disk. */
export interface CapturedMessages extends Channel {
  /** The oldest first. */
  list(): readonly CapturedMessage[]
  clear(): void
}

const atMost = 500

/** Keeps the newest messages. */
export function captureMessages({ now }: Pick<World, 'now'>): CapturedMessages {
  const kept: CapturedMessage[] = []
  return {
    async deliver(message) {
      if (kept.length >= atMost) kept.shift()
      kept.push({ ...message, at: now() })
      return { taken: true }
    },
    list: () => kept.slice(),
    clear: () => {
      kept.length = 0
    },
  }
}
