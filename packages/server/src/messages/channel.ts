import type { ChannelName, MessageKind } from '@gatehouse/contract/messages'
import type { Context } from '../context.ts'
import type { MessageId, TenantId, UserId } from '../kernel/ids.ts'
import type { RenderedMessage } from './render-message.ts'

/** A message as it leaves: one recipient, finished words. */
export interface OutgoingMessage extends RenderedMessage {
  /** The same at every attempt. */
  readonly id: MessageId
  readonly tenantId: TenantId
  readonly channel: ChannelName
  readonly to: string
  readonly kind: MessageKind
  readonly values: Readonly<Record<string, string>>
  readonly notAfter: Date
}

/** Why a message was not taken, for the record: never a word of the message or of its recipient. */
export type DeliveryFailure =
  | 'no_channel'
  | 'recipient_refused'
  | 'message_refused'
  | 'not_authorised'
  | 'busy'
  | 'unreachable'
  | 'timeout'
  | 'bad_answer'
  | 'error'

/** What became of an attempt. What is final is not tried again. */
export type Delivery =
  | { readonly taken: true }
  | { readonly taken: false; readonly reason: DeliveryFailure; readonly isFinal: boolean }

/** One way out of the house. */
export interface Channel {
  /** Answers when the other side has taken the message over. Gives up when the signal says so. */
  deliver(message: OutgoingMessage, signal: AbortSignal): Promise<Delivery>
  /**
   * Counts a message that somebody asks for, where each costs money.
   * @throws Fault when there were too many, or none is sent there
   */
  count?(ctx: Context, about: { readonly to: string; readonly userId: UserId }): Promise<void>
  close?(): void
}

/** The channels that are set up. */
export type Channels = Readonly<Partial<Record<ChannelName, Channel>>>
