import type { ChannelName } from '@gatehouse/contract/messages'
import type { MessageId, TenantId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

export type MessageRow = Schema['message']

/** What `insertMessage` is called where commits are watched. */
export const newMessage = 'new message'

/** Of two with the same key, the first stays and the second is not written. */
export const insertMessage = write<
  Omit<MessageRow, 'next_attempt_at' | 'attempts' | 'sent_at' | 'failed_at' | 'failure'>
>('anyNumber', newMessage, (db, row) =>
  db
    .insertInto('message')
    .values({
      id: row.id,
      tenant_id: row.tenant_id,
      user_id: row.user_id,
      channel: row.channel,
      kind: row.kind,
      urgent: row.urgent,
      sealed: row.sealed,
      topic: row.topic,
      once_key: row.once_key,
      created_at: row.created_at,
      not_after: row.not_after,
      next_attempt_at: row.created_at,
      attempts: 0,
      sent_at: null,
      failed_at: null,
      failure: null,
    })
    .onConflict((on) => on.doNothing()),
)

const dueMessages = query((db, p: { channel: ChannelName; urgent: 0 | 1; now: number; limit: number }) =>
  db
    .selectFrom('message')
    .selectAll()
    .where('channel', '=', p.channel)
    .where('urgent', '=', p.urgent)
    .where('next_attempt_at', '<=', p.now)
    .orderBy('next_attempt_at')
    .limit(p.limit),
)

/** What is to be tried now, in any tenant, what has waited longest first. */
export function listDueMessages(
  db: Reader,
  lane: Pick<MessageRow, 'channel' | 'urgent'>,
  now: number,
  limit: number,
): Promise<readonly MessageRow[]> {
  return db.list(dueMessages, { ...lane, now, limit })
}

/** Counts an attempt before it is made; nobody else tries before `next_attempt_at`. Fails as `message taken`. */
export const claimMessage = write<{ id: MessageId; attempts: number; next_attempt_at: number }>(
  'exactlyOne',
  'message taken',
  (db, p) =>
    db
      .updateTable('message')
      .set((eb) => ({ next_attempt_at: p.next_attempt_at, attempts: eb('attempts', '+', 1) }))
      .where('id', '=', p.id)
      .where('attempts', '=', p.attempts)
      .where('next_attempt_at', 'is not', null),
)

/** Another attempt, at that time. What was called back meanwhile stays so. */
export const postponeMessage = write<{ id: MessageId; next_attempt_at: number }>('anyNumber', 'message', (db, p) =>
  db
    .updateTable('message')
    .set({ next_attempt_at: p.next_attempt_at })
    .where('id', '=', p.id)
    .where('next_attempt_at', 'is not', null),
)

/** It has arrived where it was handed on; what it said is forgotten. */
export const endSentMessage = write<{ id: MessageId; sent_at: number }>('anyNumber', 'message', (db, p) =>
  db
    .updateTable('message')
    .set({ sealed: null, next_attempt_at: null, sent_at: p.sent_at, failed_at: null, failure: null })
    .where('id', '=', p.id),
)

/** A message of a test tenant: it counts as sent, and keeps what it said. */
export const keepMessage = write<{ id: MessageId; sent_at: number }>('anyNumber', 'message', (db, p) =>
  db.updateTable('message').set({ next_attempt_at: null, sent_at: p.sent_at }).where('id', '=', p.id),
)

const keptMessages = query((db, p: { tenant_id: TenantId; limit: number }) =>
  db
    .selectFrom('message')
    .selectAll()
    .where('tenant_id', '=', p.tenant_id)
    .where('sealed', 'is not', null)
    .orderBy('id', 'desc')
    .limit(p.limit),
)

/** Messages of a tenant that have not lost their words, newest first. */
export function listKeptMessages(db: Reader, tenantId: TenantId, limit: number): Promise<readonly MessageRow[]> {
  return db.list(keptMessages, { tenant_id: tenantId, limit })
}

/** Numbers of one kind of message on one way out, as the engine has them: of some engines as text. */
export interface MessageCounts extends Pick<MessageRow, 'channel' | 'kind'> {
  readonly made: number | string
  readonly sent: number | string
  readonly failed: number | string
}

/** What became of the messages of a tenant that were made from `since` on and before `until`. */
export function listMessageCounts(
  db: Reader,
  tenantId: TenantId,
  { since, until }: { readonly since: number; readonly until: number },
): Promise<readonly MessageCounts[]> {
  return db.search((from) =>
    from
      .selectFrom('message')
      .where('tenant_id', '=', tenantId)
      .where('created_at', '>=', since)
      .where('created_at', '<', until)
      .groupBy(['channel', 'kind'])
      .orderBy('channel')
      .orderBy('kind')
      .select((eb) => [
        'channel',
        'kind',
        eb.fn.countAll<number>().as('made'),
        eb.fn.count<number>('sent_at').as('sent'),
        eb.fn.count<number>('failed_at').as('failed'),
      ]),
  )
}

/** All of a tenant, sent or not. */
export const deleteMessagesOfTenant = write<{ tenant_id: TenantId }>('anyNumber', 'messages', (db, p) =>
  db.deleteFrom('message').where('tenant_id', '=', p.tenant_id),
)

/** It is not sent any more; what it said is forgotten. Fails as `message ended`. */
export const endFailedMessage = write<{ id: MessageId; failed_at: number; failure: string }>(
  'exactlyOne',
  'message ended',
  (db, p) =>
    db
      .updateTable('message')
      .set({ sealed: null, next_attempt_at: null, failed_at: p.failed_at, failure: p.failure })
      .where('id', '=', p.id)
      .where('next_attempt_at', 'is not', null),
)

/** Calls back what still waits under a topic. */
export const callBackTopic = write<{ topic: string; failed_at: number }>('anyNumber', 'messages', (db, p) =>
  db
    .updateTable('message')
    .set({ sealed: null, next_attempt_at: null, failed_at: p.failed_at, failure: 'replaced' })
    .where('topic', '=', p.topic)
    .where('next_attempt_at', 'is not', null),
)

const endedMessage = query((db, p: { before: number }) =>
  db
    .selectFrom('message')
    .select('id')
    .where('created_at', '<=', p.before)
    .where('next_attempt_at', 'is', null)
    .orderBy('created_at')
    .limit(1),
)

/** Whether `deleteEndedMessages` has anything to do. */
export async function hasEndedMessages(db: Reader, before: number): Promise<boolean> {
  return (await db.first(endedMessage, { before })) !== undefined
}

/** The oldest `rows` that were made by `before` and have ended, in all tenants. */
export const deleteEndedMessages = write<{ before: number; rows: number }>('anyNumber', 'messages', (db, p) =>
  db
    .deleteFrom('message')
    .where('id', 'in', (from) =>
      from
        .selectFrom('message')
        .select('id')
        .where('created_at', '<=', p.before)
        .where('next_attempt_at', 'is', null)
        .orderBy('created_at')
        .limit(p.rows),
    ),
)
