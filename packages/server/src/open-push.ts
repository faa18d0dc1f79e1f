import type { Policy } from '@gatehouse/contract/policy'
import type { Config } from './config.ts'
import { push } from './factors/push/push.ts'
import type { World } from './kernel/moment.ts'
import type { Keyring } from './keys/keyring.ts'
import type { Channel } from './messages/channel.ts'
import { fcm } from './messages/push/fcm.ts'
import { pushChannel, takesSubscription, type Wakers } from './messages/push/push-channel.ts'
import { hasServices, pushServicesOf } from './messages/push/push-services.ts'
import { vapidOf } from './messages/push/vapid.ts'
import { webPush } from './messages/push/web-push.ts'
import type { PushTransports } from './push/subscribe-device.ts'
import type { Storage } from './storage/storage.ts'
import { systemContext } from './system-context.ts'

interface Tools {
  readonly world: World
  readonly storage: Storage
  readonly keys: Keyring
  readonly policy: Policy
  readonly publicUrl: string
}

/** The ways in which devices are told of requests. Without any they ask by themselves, and nobody else learns of it. */
export interface OpenPush {
  readonly transports: PushTransports
  readonly channel: Channel | undefined
}

export function openPush(config: Config, { world, storage, keys, policy, publicUrl }: Tools): OpenPush {
  const services = pushServicesOf(config.pushServices)
  const vapid = vapidOf(keys.vapidSeed, contactOf(config, publicUrl))
  const wakers: Wakers = {
    ...(hasServices(services) && { web_push: webPush({ vapid, services, world }) }),
    ...(config.fcm && { fcm: fcm(config.fcm, world) }),
  }
  const reader = { keys, factors: [push({ policy, publicUrl })] }
  const isSetUp = Object.keys(wakers).length > 0
  return {
    transports: {
      shown: {
        web_push: wakers.web_push ? { public_key: vapid.publicKey } : null,
        fcm: config.fcm ? { project_id: config.fcm.account.project_id } : null,
      },
      takes: (subscription) => takesSubscription(wakers, subscription),
    },
    channel: isSetUp ? pushChannel(wakers, { reader, newContext: () => systemContext({ storage, world }) }) : undefined,
  }
}

/** Where push services turn to when we are a burden to them (RFC 8292, section 2.1). */
function contactOf({ adminMail: [address] }: Config, publicUrl: string): string | undefined {
  if (publicUrl.startsWith('https:')) return publicUrl
  return address === undefined ? undefined : `mailto:${address}`
}
