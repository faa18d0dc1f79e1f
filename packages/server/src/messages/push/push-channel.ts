import type { PushSubscription } from '@gatehouse/contract/push-operations'
import type { Context } from '../../context.ts'
import { findPushDevice, subscribe } from '../../factors/push-device.ts'
import type { FactorReader } from '../../factors/stored-factor.ts'
import type { FactorId } from '../../kernel/ids.ts'
import type { Channel, Delivery } from '../channel.ts'
import { failed, judgeError } from '../judge-answer.ts'
import type { SubscriptionOf, Waker } from './waker.ts'

/** The ways to wake a device that are set up. */
export interface Wakers {
  readonly web_push?: Waker<SubscriptionOf<'web_push'>>
  readonly fcm?: Waker<SubscriptionOf<'fcm'>>
}

interface Tools {
  readonly reader: FactorReader
  readonly newContext: () => Context
}

/** Devices, each by the way that it has asked for. The recipient of a message is the device's id. */
export function pushChannel(wakers: Wakers, { reader, newContext }: Tools): Channel {
  return {
    async deliver(message, signal) {
      const device = await findPushDevice(newContext(), reader, message.to as FactorId)
      // Removed meanwhile.
      if (!device) return failed('recipient_refused')
      const waking = wakeBy(wakers, device.data.subscription)
      if (!waking) return failed('no_channel')
      const verdict = await waking.wake(message, signal).catch((error: unknown): Delivery => failed(judgeError(error)))
      if (verdict !== 'gone') return verdict
      // It asks by itself again, until it says where it is. Whoever has said so meanwhile is left alone.
      await subscribe(device, reader, { transport: 'polling' }, 'push.unsubscribed')
      return failed('recipient_refused')
    },
    close() {
      void wakers.web_push?.close()
      void wakers.fcm?.close()
    },
  }
}

/** Whether a subscription is of a kind, and of a service, that is called. */
export function takesSubscription(wakers: Wakers, subscription: PushSubscription): boolean {
  return subscription.transport === 'polling' || wakeBy(wakers, subscription)?.takes() === true
}

/** The way to wake by a subscription, whatever its kind. */
function wakeBy({ web_push, fcm }: Wakers, subscription: PushSubscription) {
  if (subscription.transport === 'web_push') return web_push && bind(web_push, subscription)
  return subscription.transport === 'fcm' && fcm ? bind(fcm, subscription) : undefined
}

function bind<S extends PushSubscription>(waker: Waker<S>, subscription: S) {
  return {
    takes: () => waker.takes(subscription),
    wake: (message: Parameters<Waker<S>['wake']>[1], signal: AbortSignal) => waker.wake(subscription, message, signal),
  }
}
