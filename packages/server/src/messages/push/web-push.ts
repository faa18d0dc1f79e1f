import { p256KeyOf, p256SeedBytes } from '../../crypto/p256.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { secondMs } from '../../kernel/durations.ts'
import type { World } from '../../kernel/moment.ts'
import { openOutgoingLine, openPublicLine } from '../../outgoing/outgoing-line.ts'
import { failed, judgeStatus, taken } from '../judge-answer.ts'
import { encryptPush } from './encrypt-push.ts'
import { type PushServices, reachOf } from './push-services.ts'
import type { Vapid } from './vapid.ts'
import type { SubscriptionOf, Waker } from './waker.ts'

interface Tools {
  readonly vapid: Vapid
  readonly services: PushServices
  readonly world: Pick<World, 'now' | 'random'>
}

const usualLongestMs = 8 * secondMs
const largestAnswer = 65_536
/** Every message is as long as every other. */
const padTo = 512

/** Browsers are woken by the push service that each of them has chosen (RFC 8030). */
export function webPush(
  { vapid, services, world }: Tools,
  longestMs = usualLongestMs,
): Waker<SubscriptionOf<'web_push'>> {
  const lines = {
    named: openOutgoingLine({ longestMs, largestAnswer }),
    outside: openPublicLine({ longestMs, largestAnswer }),
  }
  return {
    takes: ({ endpoint }) => reachOf(services, endpoint) !== 'refused',
    async wake({ endpoint, p256dh, auth }, { to, text, notAfter }, signal) {
      const reach = reachOf(services, endpoint)
      if (reach === 'refused') return failed('recipient_refused')
      const now = world.now()
      const lifeSeconds = Math.floor((notAfter.getTime() - now.getTime()) / secondMs)
      const body = encryptPush(JSON.stringify({ text, until: notAfter.toISOString() }), {
        keys: { p256dh: Buffer.from(p256dh, 'base64url'), auth: Buffer.from(auth, 'base64url') },
        ephemeral: p256KeyOf(world.random(p256SeedBytes)),
        salt: world.random(16),
        padTo,
      })
      const headers = {
        authorization: vapid.authorize(new URL(endpoint).origin, now),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        // Late is of no use, and a device that sleeps is to wake (RFC 8030, sections 5.2 and 5.3).
        ttl: String(Math.max(0, lifeSeconds)),
        urgency: 'high',
        // The newest takes the place of the one before it (section 5.4).
        topic: sha256(to).toString('base64url').slice(0, 32),
      }
      const { status } = await lines[reach].post({ url: endpoint, headers, body }, signal)
      if (status === 404 || status === 410) return 'gone'
      return status >= 200 && status < 300 ? taken : judgeStatus(status)
    },
    async close() {
      await Promise.all([lines.named.close(), lines.outside.close()])
    },
  }
}
