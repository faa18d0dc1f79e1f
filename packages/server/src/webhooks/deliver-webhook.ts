import type { DeliveryAttempt } from '@gatehouse/contract/webhook-events'
import { type Context, commit } from '../context.ts'
import { dayMs, hourMs, secondMs } from '../kernel/durations.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import type { Channels } from '../messages/channel.ts'
import { sendMessage } from '../messages/send-message.ts'
import type { StrangerLine, StrangerReply } from '../outgoing/stranger-line.ts'
import type { Write } from '../storage/write.ts'
import { claimDelivery, type DeliveryRow, endAttempt, expireDelivery } from './delivery.store.ts'
import { disableEndpoint, type EndpointRow, findEndpoint, noteFailing, noteWorking } from './endpoint.store.ts'
import { judgeError, judgeReply } from './judge-attempt.ts'
import { nextAttempt, readRetryAfter } from './next-attempt.ts'
import { signDelivery } from './sign-delivery.ts'
import { openSecrets } from './webhook-secrets.ts'

/** What delivery stands on. */
export interface DeliveryTools {
  readonly keys: Keyring
  readonly line: StrangerLine
  /** How long one attempt may take. */
  readonly longestMs: number
  /** How long a delivery is tried. */
  readonly windowMs: number
  readonly channels: Channels
  /** Who is told when an endpoint is disabled. */
  readonly adminMail: readonly string[]
}

/** Makes the view of the world of this moment; a delivery outlives the run of the job that began it. */
export type Refresh = () => Context

/** After this and its own time, an attempt whose process has died is made again. */
const claimSlackMs = 25 * secondMs
/** A delivery that came so late has rested with an endpoint that was disabled. */
const graceMs = hourMs
const loggedAttempts = 20

/**
 * Makes one attempt. It is counted before it is made, so that of two nodes one makes it; when the process dies before it is
 * known how it ended, it is made again, under the same webhook-id.
 */
export async function deliverWebhook(
  tools: DeliveryTools,
  refresh: Refresh,
  endpoint: EndpointRow,
  row: DeliveryRow,
  stopped: AbortSignal,
): Promise<void> {
  const ctx = refresh()
  const now = ctx.now.getTime()
  const due = row.next_attempt_at ?? now
  if (now > row.queued_at + tools.windowMs + graceMs) return expire(ctx, row, due)
  const until = now + tools.longestMs + claimSlackMs
  const claimed = await commit(ctx, [claimDelivery({ id: row.id, due, attempts: row.attempts, until })])
  if (!claimed.done) return
  const said = await attempt(tools, refresh, endpoint, row, stopped)
  // Let go at the end of the process: whoever starts next makes it again.
  if (stopped.aborted) return
  await settle(tools, refresh(), { ...row, attempts: row.attempts + 1, next_attempt_at: until }, said)
}

/** What became of an attempt. */
interface Said extends DeliveryAttempt {
  readonly retryAfter?: string | undefined
}

async function attempt(
  { keys, line }: DeliveryTools,
  refresh: Refresh,
  endpoint: EndpointRow,
  { event_id, payload }: DeliveryRow,
  stopped: AbortSignal,
): Promise<Said> {
  const { now } = refresh()
  const about = { at: now.toISOString() }
  const took = () => refresh().now.getTime() - now.getTime()
  const timestamp = Math.floor(now.getTime() / secondMs)
  const secrets = openSecrets(keys, endpoint, now).map(({ value }) => value)
  const headers = signDelivery({ id: event_id, timestamp, body: payload }, secrets)
  try {
    const reply: StrangerReply = await line.post({ url: endpoint.url, headers, body: payload }, stopped)
    const { status, retryAfter } = reply
    return { ...about, duration_ms: took(), status, failure: judgeReply(reply) ?? null, retryAfter }
  } catch (error) {
    return { ...about, duration_ms: took(), status: null, failure: judgeError(error) }
  }
}

/** Writes down how a claimed attempt ended, and what follows from it. */
async function settle(tools: DeliveryTools, ctx: Context, row: DeliveryRow, said: Said): Promise<void> {
  const { retryAfter, ...logged } = said
  const log = [...(JSON.parse(row.log) as DeliveryAttempt[]), logged].slice(-loggedAttempts)
  const ended = { id: row.id, claimed_until: row.next_attempt_at ?? 0, log: JSON.stringify(log) }
  const endpoint = await findEndpoint(ctx.db, row.tenant_id, row.endpoint_id)
  const now = ctx.now.getTime()
  if (said.failure === null) {
    const works = endpoint && endpoint.failing_since !== null ? [noteWorking({ id: endpoint.id })] : []
    await commit(ctx, [endAttempt({ ...ended, next_attempt_at: null, delivered_at: now }), ...works])
    return
  }
  const gone = said.status === 410
  const tried = { attempts: row.attempts, queuedAt: row.queued_at, windowMs: tools.windowMs }
  const next = gone ? undefined : nextAttempt({ ...tried, retryAfterMs: readRetryAfter(retryAfter, ctx.now) }, ctx)
  const failing = endpoint && endpoint.failing_since === null ? [noteFailing({ id: endpoint.id, at: now })] : []
  const fallen = endAttempt({ ...ended, next_attempt_at: next ?? null, delivered_at: null })
  if (next !== undefined) {
    await commit(ctx, [fallen, ...failing])
    return
  }
  const writes = [fallen, ...failing, recordFailure(ctx, row, said)]
  const first = log.find(({ at }) => Date.parse(at) >= row.queued_at)
  const allInVain = endpoint?.failing_since != null && first && endpoint.failing_since <= Date.parse(first.at)
  const reason = gone ? 'gone' : allInVain ? 'failing' : undefined
  const disables = endpoint && endpoint.disabled_at === null && reason ? disable(tools, ctx, endpoint, reason) : []
  const committed = await commit(ctx, [...writes, ...disables])
  // Another delivery has disabled it in the same moment.
  if (!committed.done) await commit(ctx, writes)
}

async function expire(ctx: Context, row: DeliveryRow, due: number): Promise<void> {
  await commit(ctx, [expireDelivery({ id: row.id, due }), recordFailure(ctx, row, { failure: 'error', status: null })])
}

/** The dead letter: nobody tries it again, unless somebody asks for it. */
function recordFailure(ctx: Context, row: DeliveryRow, { failure, status }: Pick<Said, 'failure' | 'status'>): Write {
  const about = { delivery_id: row.id, endpoint_id: row.endpoint_id, event_id: row.event_id, type: row.event_type }
  return record(ctx, { type: 'webhook_delivery.failed', data: { ...about, reason: failure, status } })
}

function disable(
  { keys, channels, adminMail }: DeliveryTools,
  ctx: Context,
  { id }: EndpointRow,
  reason: 'gone' | 'failing',
): readonly Write[] {
  const mails = (channels.email ? adminMail : []).flatMap((to) =>
    sendMessage(ctx, keys, {
      kind: 'admin_webhook_disabled',
      values: { endpoint: id, at: ctx.now.toISOString() },
      channel: 'email',
      to,
      notAfter: new Date(ctx.now.getTime() + dayMs),
    }),
  )
  return [
    disableEndpoint({ id, at: ctx.now.getTime(), reason }),
    record(ctx, { type: 'webhook_endpoint.disabled', data: { endpoint_id: id, reason } }),
    ...mails,
  ]
}
