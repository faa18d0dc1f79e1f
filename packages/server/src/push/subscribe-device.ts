import type { Output, Parsed } from '@gatehouse/contract/operation'
import {
  type subscribeDevice as Contract,
  fieldsOfSubscription,
  type getPushTransports,
  type PushSubscription,
} from '@gatehouse/contract/push-operations'
import { type Context, once } from '../context.ts'
import { subscribe } from '../factors/push-device.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { type DeviceTools, demandDevice } from './demand-signature.ts'

/** How devices can be told of requests. */
export interface PushTransports {
  readonly shown: Output<typeof getPushTransports>
  takes(subscription: PushSubscription): boolean
}

/** Keeps how a device is told of requests. What it has said before is void, and cannot be said again by somebody else. */
export function subscribeDevice(tools: DeviceTools & { readonly transports: PushTransports }) {
  const { transports, policy } = tools
  return async (given: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { device_id, subscription, time, signature } = input
    const fields = fieldsOfSubscription(subscription)
    const device = await demandDevice(given, tools, device_id, { kind: 'subscribe', fields, time, signature })
    const said = `push subscription ${device_id} ${time} ${fields.join(' ')}`
    if (!(await once(device.ctx, said, 2 * policy.signatureSkewSeconds * secondMs))) {
      throw new Fault('signature_replayed')
    }
    if (!transports.takes(subscription)) throw new Fault('push_service_not_allowed')
    const event = subscription.transport === 'polling' ? 'push.unsubscribed' : 'push.subscribed'
    const kept = await subscribe(device, tools, subscription, event)
    if (!kept) throw new Fault('version_conflict')
    return { transport: kept.transport }
  }
}
