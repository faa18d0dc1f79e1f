import { type AlertChannel, type AlertRuleName, type AlertRules, alertRules } from '@gatehouse/contract/alerts'
import type { Context } from '../context.ts'
import { dayMs, hourMs } from '../kernel/durations.ts'
import { newId, type TenantId, type UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { LogReader, SealedEvent } from '../log/log-reader.ts'
import { record } from '../log/record.ts'
import type { Channels } from '../messages/channel.ts'
import { sendMessage } from '../messages/send-message.ts'
import { getPolicy } from '../policies/change-policy.ts'
import type { Write } from '../storage/write.ts'
import { type AlertRow, addToAlert, insertAlert, keepCounted, listCounted, listLiveAlerts } from './alert.store.ts'
import { channelsOf } from './channels-of.ts'
import { Counted, countSignal, type Threshold, thresholdOf } from './count-signal.ts'
import { type Signal, signalsOf } from './signals-of.ts'

interface Tools {
  readonly keys: Keyring
  readonly channels: Channels
  readonly adminMail: readonly string[]
}

/** By which ways the tenant wants to be told of a rule. */
interface Telling extends Tools {
  readonly ways: readonly AlertChannel[]
}

/** One rule and one subject of one tenant: what came of it in these events, in their order. */
interface Strand {
  readonly tenantId: TenantId
  readonly rule: AlertRuleName
  readonly subject: string
  readonly signals: { readonly signal: Signal; readonly event: SealedEvent }[]
}

/** An alert shows the newest of its events. */
const shownEvents = 20
const shownUsers = 50
/** When as long as this nothing of the same has happened, it is news again. */
const newsMs = dayMs
/** Administrators are told of these by a mail of their own. */
const toldElsewhere: readonly AlertRuleName[] = ['recovery_code_used', 'recovery_requested', 'webhook_disabled']

/** Raises alerts: what is enough of the same is one alert, which goes on counting until somebody closes it. */
export function alertReader(tools: Tools): LogReader {
  return {
    name: 'alerts',
    begins: 'now',
    async read(ctx, events) {
      const strands = new Map<string, Strand>()
      for (const event of events) {
        for (const signal of signalsOf(event)) {
          const { rule, subject } = signal
          const name = JSON.stringify([event.tenant_id, rule, subject])
          const strand = strands.get(name) ?? { tenantId: event.tenant_id, rule, subject, signals: [] }
          strand.signals.push({ signal, event })
          strands.set(name, strand)
        }
      }
      const rules = await rulesOf(ctx, strands.values())
      const byRule = Map.groupBy(strands.values(), ({ tenantId, rule }) => `${tenantId} ${rule}`)
      const writes: Write[] = []
      for (const some of byRule.values()) {
        const [{ tenantId, rule }] = some as [Strand]
        const own = rules.get(tenantId) ?? {}
        const threshold = thresholdOf(rule, own)
        const telling = { ...tools, ways: channelsOf(rule, own) }
        const ofRule = threshold && { rule, strands: some, threshold }
        if (ofRule) writes.push(...(await countAll({ ...ctx, tenantId }, telling, ofRule)))
      }
      return writes
    },
  }
}

/** The numbers of each tenant that is concerned, as they are now. */
async function rulesOf(ctx: Context, strands: Iterable<Strand>): Promise<ReadonlyMap<TenantId, AlertRules>> {
  const found = new Map<TenantId, AlertRules>()
  for (const tenantId of new Set(Array.from(strands, (strand) => strand.tenantId))) {
    found.set(tenantId, (await getPolicy({ ...ctx, tenantId })).alerts)
  }
  return found
}

interface OfRule {
  readonly rule: AlertRuleName
  readonly strands: readonly Strand[]
  readonly threshold: Threshold
}

async function countAll(ctx: Context, tools: Telling, { rule, strands, threshold }: OfRule): Promise<readonly Write[]> {
  const of = { tenant_id: ctx.tenantId, rule }
  const subjects = strands.map(({ subject }) => subject)
  const [counted, live] = await Promise.all([
    listCounted(ctx.db, of, subjects),
    listLiveAlerts(ctx.db, { ...of, nowMs: ctx.now.getTime() }, subjects),
  ])
  return strands.flatMap((strand) => {
    const before = { text: counted.get(strand.subject), live: live.get(strand.subject) }
    return count(ctx, tools, strand, { ...before, threshold })
  })
}

interface Before {
  readonly text: string | undefined
  readonly live: AlertRow | undefined
  readonly threshold: Threshold
}

function count(ctx: Context, tools: Telling, strand: Strand, { text, live, threshold }: Before): readonly Write[] {
  const { rule, subject, signals } = strand
  const place = { tenant_id: ctx.tenantId, rule, subject }
  const before = text === undefined ? [] : Counted.parse(JSON.parse(text))
  // Most sign-ins have nothing to take back.
  if (before.length === 0 && signals.every(({ signal }) => signal.takesBack)) return []
  let counted = before
  /** What stands behind the alert: all that it was raised by, and all since. */
  const grounds: { at: number; id: string }[] = []
  let raisedBy: SealedEvent | undefined
  for (const { signal, event } of signals) {
    if (signal.takesBack) {
      counted = counted.filter(({ key }) => key !== signal.key)
      continue
    }
    const one = { at: event.at, id: event.id, key: signal.key }
    // While there is an alert each of the same belongs to it.
    if (live || raisedBy) {
      grounds.push(one)
      raisedBy ??= event
      continue
    }
    const next = countSignal(counted, one, threshold)
    counted = next.counted
    if (!next.raised) continue
    grounds.push(...next.raised)
    raisedBy = event
  }
  const kept = keepCounted({
    ...place,
    state: JSON.stringify(counted),
    expires_at: (counted.at(-1)?.at ?? 0) + threshold.windowMs,
  })
  const keeps = counted.length > 0 || text !== undefined ? [kept] : []
  if (!raisedBy) return keeps
  const found = describe(
    signals.flatMap(({ signal, event }) => (signal.takesBack ? [] : [event])),
    grounds,
    live,
  )
  if (!live) return [...keeps, ...raise(ctx, tools, strand, { found, by: raisedBy })]
  const added = addToAlert({ id: live.id, ...found })
  const isNews = live.state !== 'expected' && raisedBy.at - live.last_at >= newsMs
  return isNews ? [...keeps, added, ...tell(ctx, tools, { ...live, ...found }, raisedBy)] : [...keeps, added]
}

type Found = Pick<AlertRow, 'source' | 'reasons' | 'last_at' | 'count' | 'users' | 'event_ids'> & {
  readonly first_at: number
}

function describe(
  events: readonly SealedEvent[],
  grounds: readonly { readonly at: number; readonly id: string }[],
  before: AlertRow | undefined,
): Found {
  const was = <Value>(text: string | undefined) => (text === undefined ? [] : (JSON.parse(text) as Value[]))
  const ids = [...was<string>(before?.event_ids), ...grounds.map(({ id }) => id)]
  const users = [...was<string>(before?.users), ...events.flatMap(({ user_id }) => user_id ?? [])]
  const reasons = [...was<string>(before?.reasons), ...events.flatMap(reasonsOf)]
  return {
    source: events.findLast(({ ip_address }) => ip_address !== null)?.ip_address ?? before?.source ?? null,
    reasons: JSON.stringify([...new Set(reasons)].slice(0, shownEvents)),
    first_at: Math.min(before?.first_at ?? Number.MAX_SAFE_INTEGER, ...grounds.map(({ at }) => at)),
    last_at: Math.max(before?.last_at ?? 0, ...grounds.map(({ at }) => at)),
    count: (before?.count ?? 0) + grounds.length,
    users: JSON.stringify([...new Set(users)].slice(0, shownUsers)),
    event_ids: JSON.stringify([...new Set(ids)].slice(-shownEvents)),
  }
}

/** Words of the record, for whoever looks. */
function reasonsOf({ type, data }: SealedEvent): readonly string[] {
  const facts = JSON.parse(data) as Readonly<Record<string, unknown>>
  const { reason, risk_reasons: risks, factor_type: factor, endpoint_id: endpoint } = facts
  const words = typeof risks === 'string' ? risks.split(' ') : []
  return [type, ...words, ...[reason, factor, endpoint].filter((word) => typeof word === 'string')]
}

function raise(
  ctx: Context,
  tools: Telling,
  { rule, subject }: Strand,
  { found, by }: { readonly found: Found; readonly by: SealedEvent },
): readonly Write[] {
  const now = ctx.now.getTime()
  const alert: AlertRow = {
    ...found,
    id: newId('alr', ctx),
    tenant_id: ctx.tenantId,
    rule,
    subject,
    state: 'open',
    user_id: alertRules[rule].of === 'user' ? (subject as UserId) : null,
    raised_at: now,
    delay_ms: Math.max(0, now - by.at),
    changed_at: now,
    expected_until: null,
    note: null,
    version: 1,
  }
  return [insertAlert(alert), ...tell(ctx, tools, alert, by)]
}

/** The event that webhooks and the live feed go by, and a mail to administrators: one an hour of each rule. */
function tell(
  ctx: Context,
  { keys, channels, adminMail, ways }: Telling,
  alert: AlertRow,
  by: SealedEvent,
): readonly Write[] {
  const rule = alert.rule as AlertRuleName
  const { severity, sentence, of } = alertRules[rule]
  const event = record(ctx, {
    type: 'alert.raised',
    userId: alert.user_id ?? undefined,
    data: {
      alert_id: alert.id,
      rule,
      severity,
      count: alert.count,
      event_id: by.id,
      delay_ms: alert.delay_ms,
      channels: ways.join(' '),
    },
  })
  if (!channels.email || !ways.includes('mail') || toldElsewhere.includes(rule)) return [event]
  const about = of === 'service' ? ` (${alert.subject})` : ''
  const mails = adminMail.flatMap((to) =>
    sendMessage(ctx, keys, {
      kind: 'admin_alert',
      values: { at: new Date(alert.first_at).toISOString(), alert: `${rule}${about}. ${sentence}` },
      channel: 'email',
      to,
      notAfter: new Date(alert.last_at + dayMs),
      onceKey: `alert ${rule} ${Math.floor(ctx.now.getTime() / hourMs)} ${to}`,
    }),
  )
  return [event, ...mails]
}
