import type { OutgoingRequest } from '../../outgoing/outgoing-line.ts'
import type { Delivery } from '../channel.ts'

/** A short message to one number (E.164). */
export interface ShortMessage {
  readonly id: string
  readonly to: string
  readonly text: string
  /** How long it is of use from now on. */
  readonly lifeSeconds: number
  readonly at: Date
}

/** How one provider is spoken to. It decides; the line sends. */
export interface SmsAdapter {
  readonly provider: string
  write(message: ShortMessage): OutgoingRequest | Promise<OutgoingRequest>
  /** What an answer means. `text` is whatever came: it may be garbage. */
  judge(status: number, text: string): Delivery
}
