import type { PushSubscription } from '@gatehouse/contract/push-operations'
import type { Delivery, OutgoingMessage } from '../channel.ts'

/** A subscription of one transport. */
export type SubscriptionOf<T extends PushSubscription['transport']> = Extract<PushSubscription, { transport: T }>

/** One way to wake a device. */
export interface Waker<S extends PushSubscription> {
  /** Whether it would try. */
  takes(subscription: S): boolean
  /**
   * Hands a message on. `gone` when nobody will ever be reached there again.
   * @throws whatever the network throws
   */
  wake(subscription: S, message: OutgoingMessage, signal: AbortSignal): Promise<Delivery | 'gone'>
  close(): Promise<void>
}
