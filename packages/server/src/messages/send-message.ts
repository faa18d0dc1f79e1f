import type { Message } from '@gatehouse/contract/messages'
import type { Context } from '../context.ts'
import { sha256 } from '../crypto/sha256.ts'
import { minuteMs } from '../kernel/durations.ts'
import { type MessageId, newId, type UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Write } from '../storage/write.ts'
import { callBackTopic, insertMessage, newMessage } from './message.store.ts'
import { sealMessage } from './sealed-message.ts'

/** What lives no longer than this goes before what can wait. */
const urgentMs = 15 * minuteMs

/**
 * A message as writes, to stand in the commit of the change that it tells of: both happen or neither. It is sent soon
 * after, by the sender, and never after `notAfter`. What waits under the same topic is called back.
 */
export function sendMessage(
  ctx: Context,
  keys: Keyring,
  message: Message & { readonly id?: MessageId; readonly userId?: UserId | undefined },
): readonly Write[] {
  const place = { id: message.id ?? newId('msg', ctx), tenant_id: ctx.tenantId, kind: message.kind }
  const topic = message.topic === undefined ? null : `${ctx.tenantId} ${message.topic}`
  const createdAt = ctx.now.getTime()
  const notAfter = message.notAfter.getTime()
  const insert = insertMessage({
    ...place,
    user_id: message.userId ?? null,
    channel: message.channel,
    urgent: notAfter - createdAt <= urgentMs ? 1 : 0,
    sealed: sealMessage(keys, place, message, ctx),
    topic,
    once_key: message.onceKey === undefined ? null : sha256(JSON.stringify([ctx.tenantId, message.onceKey])),
    created_at: createdAt,
    not_after: notAfter,
  })
  return topic === null ? [insert] : [callBackTopic({ topic, failed_at: createdAt }), insert]
}

/** Whether a commit has brought a message: the sender need not wait for its next look. */
export function isNewMessage({ guardName }: Write): boolean {
  return guardName === newMessage
}
