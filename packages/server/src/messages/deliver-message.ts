import type { Language, MessageKind } from '@gatehouse/contract/messages'
import { isTestTenant } from '../clients/is-test-tenant.ts'
import { type Context, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import type { World } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import type { Storage } from '../storage/storage.ts'
import { systemContext } from '../system-context.ts'
import type { Channel, Channels, Delivery, OutgoingMessage } from './channel.ts'
import {
  claimMessage,
  endFailedMessage,
  endSentMessage,
  keepMessage,
  type MessageRow,
  postponeMessage,
} from './message.store.ts'
import { nextAttempt } from './next-attempt.ts'
import { renderMessage } from './render-message.ts'
import { openMessage } from './sealed-message.ts'
import type { FindWords } from './templates/find-words.ts'

/** What the words of messages are made of. */
export interface WordTools {
  readonly keys: Keyring
  readonly serviceName: string
  readonly language: Language
  readonly findWords: FindWords
}

/** What delivery stands on. */
export interface DeliveryTools extends WordTools {
  readonly world: World
  readonly storage: Storage
  readonly channels: Channels
  /** Where kept messages are shown, in development. */
  readonly outbox?: Channel | undefined
  /** Tells the operator of a failure that is ours. Never of a message's words. */
  readonly reportFailure: (error: unknown, about: string) => void
}

/** How long an attempt may last; the life of its message may end it sooner. */
const attemptMs = 20 * secondMs
/** After this, an attempt whose process has died is made again. */
const claimMs = 30 * secondMs

/**
 * Makes one attempt at a message. The attempt is on record before it is made, so that of two nodes one makes it; when
 * the process dies before it is known how the attempt ended, the message is sent again under the same id.
 */
export async function deliverMessage(tools: DeliveryTools, row: MessageRow, stopped: AbortSignal): Promise<void> {
  const { world, storage } = tools
  const now = world.now().getTime()
  if (row.not_after <= now) return endFailed(tools, row, 'expired')
  const claim = { id: row.id, attempts: row.attempts, next_attempt_at: Math.min(now + claimMs, row.not_after) }
  const claimed = await commit(ofTenant(tools, row), [claimMessage(claim)])
  if (!claimed.done) return
  if (await isTestTenant(storage, row.tenant_id)) return capture(tools, row)
  const attempts = row.attempts + 1
  const delivery = await attempt(tools, row, stopped)
  if (delivery === 'expired') return endFailed(tools, row, 'expired')
  const ctx = ofTenant(tools, row)
  if (delivery.taken) {
    await commit(ctx, [endSentMessage({ id: row.id, sent_at: ctx.now.getTime() })])
    return
  }
  const next = delivery.isFinal ? undefined : nextAttempt(attempts, ctx, row.not_after)
  if (next === undefined) return endFailed(tools, row, delivery.reason)
  await commit(ctx, [postponeMessage({ id: row.id, next_attempt_at: next })])
}

/**
 * A message of a test tenant is not sent, whatever is set up, and keeps its words: its client reads them by the API. Who
 * looks at the page of kept messages sees it, too.
 */
async function capture(tools: DeliveryTools, row: MessageRow): Promise<void> {
  await tools.outbox?.deliver(await composeMessage(tools, row), AbortSignal.timeout(attemptMs))
  await commit(ofTenant(tools, row), [keepMessage({ id: row.id, sent_at: tools.world.now().getTime() })])
}

async function attempt(tools: DeliveryTools, row: MessageRow, stopped: AbortSignal): Promise<Delivery | 'expired'> {
  const channel = tools.channels[row.channel]
  if (!channel) return { taken: false, reason: 'no_channel', isFinal: false }
  try {
    const message = await composeMessage(tools, row)
    // The claim took its time, and nothing is sent whose time is over.
    const lifeMs = row.not_after - tools.world.now().getTime()
    if (lifeMs <= 0) return 'expired'
    const timeout = AbortSignal.timeout(Math.min(attemptMs, lifeMs))
    return await channel.deliver(message, AbortSignal.any([timeout, stopped]))
  } catch (error) {
    tools.reportFailure(error, row.id)
    return { taken: false, reason: 'error', isFinal: false }
  }
}

/** A message that has not lost its words, as it leaves. */
export async function composeMessage(tools: WordTools, row: MessageRow): Promise<OutgoingMessage> {
  const { keys, serviceName, language, findWords } = tools
  if (row.sealed === null) throw new Error('a message that waits has lost its words')
  const { to, values, language: chosen = language } = openMessage(keys, row, row.sealed)
  const kind = row.kind as MessageKind
  const custom = await findWords(row.tenant_id, kind, chosen)
  const words = renderMessage({ channel: row.channel, kind, values, language: chosen, service: serviceName, custom })
  const notAfter = new Date(row.not_after)
  return { id: row.id, tenantId: row.tenant_id, channel: row.channel, to, kind, values, notAfter, ...words }
}

async function endFailed(tools: DeliveryTools, row: MessageRow, failure: string): Promise<void> {
  const ctx = ofTenant(tools, row)
  await commit(ctx, [
    endFailedMessage({ id: row.id, failed_at: ctx.now.getTime(), failure }),
    record(ctx, {
      type: 'message.failed',
      userId: row.user_id ?? undefined,
      data: { message_id: row.id, channel: row.channel, message: row.kind, reason: failure },
    }),
  ])
}

function ofTenant(tools: DeliveryTools, { tenant_id }: MessageRow): Context {
  return { ...systemContext(tools), tenantId: tenant_id }
}
