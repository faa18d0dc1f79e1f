import { boundsMs, judgesProof } from '@gatehouse/contract/levels'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { AnsweredRequest } from '../kernel/answered-request.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import type { TenantId } from '../kernel/ids.ts'
import type { World } from '../kernel/moment.ts'
import { eventsOf } from '../log/events-of.ts'
import type { Reader } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import { outcomeOfAttempt } from '../webhooks/outcome-of-attempt.ts'
import { type CounterName, countEvent, eventCounters } from './count-event.ts'
import { countLiveSessions, findOldestPending, listKeysInUse, listTenantSlugs } from './metrics.store.ts'

/** Figures of this node, in the words of Prometheus. */
export interface Metrics {
  committed(writes: readonly Write[]): void
  answered(request: AnsweredRequest): void
  print(): Promise<{ readonly type: string; readonly text: string }>
}

interface Tools {
  readonly db: Reader
  readonly world: World
  readonly version: string
  readonly reportFailure: (error: unknown) => void
}

/** The targets of the service levels are among the bounds, so that shares can be read off exactly. */
const requestBounds = boundsMs.map((ms) => ms / secondMs)
const delayBounds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60]
/** Counting sessions looks at each of them. */
const sessionsEveryMs = minuteMs

/**
 * What each node counts of its own doings since it began, and what is true of the database when somebody asks. No label
 * tells of a person: those of events are words of the program, and a route is the path of an operation.
 */
export async function openMetrics({ db, world, version, reportFailure }: Tools): Promise<Metrics> {
  const slugs = await listTenantSlugs(db)
  const tenantOf = (id: TenantId | undefined) => (id === undefined ? '' : (slugs.get(id) ?? 'other'))
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  collectDefaultMetrics({ register: registry })

  const counters = Object.fromEntries(
    Object.entries(eventCounters).map(([name, { help, labels }]) => [
      name,
      new Counter({ name, help, labelNames: [...labels, 'tenant'], registers }),
    ]),
  ) as Record<CounterName, Counter<string>>
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: requestBounds,
    registers,
  })
  const proofs = new Histogram({
    name: 'gatehouse_mfa_verification_duration_seconds',
    help: 'Requests that judge the proof of a second factor.',
    buckets: requestBounds,
    registers,
  })
  const alertDelay = new Histogram({
    name: 'gatehouse_alert_detection_delay_seconds',
    help: 'From the event that raised an alert to the alert.',
    buckets: delayBounds,
    registers,
  })
  const limited = new Counter({
    name: 'gatehouse_rate_limited_requests_total',
    help: 'Requests that were refused because there were too many.',
    labelNames: ['class'],
    registers,
  })
  const deliveries = new Counter({
    name: 'gatehouse_webhook_deliveries_total',
    help: 'Attempts at webhook deliveries, as they ended.',
    labelNames: ['outcome'],
    registers,
  })
  new Gauge({
    name: 'gatehouse_build_info',
    help: 'The version that runs: always 1.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1)

  const nowMs = () => world.now().getTime()
  /** What cannot be read now is left out, and the rest is told all the same. */
  const look = async (gauge: Gauge, set: () => Promise<void>) => {
    gauge.reset()
    await set().catch((error: unknown) => {
      gauge.remove()
      reportFailure(error)
    })
  }
  const sessions = new Gauge({
    name: 'gatehouse_sessions_active',
    help: 'Sessions that are alive, counted once a minute at most.',
    registers,
  })
  const oldest = new Gauge({
    name: 'gatehouse_webhook_oldest_pending_seconds',
    help: 'How long the webhook delivery waits that waits longest.',
    registers,
  })
  const keyAges = new Gauge({
    name: 'gatehouse_key_age_seconds',
    help: 'Age of the keys in use, by what they are for.',
    labelNames: ['key'],
    registers,
  })
  let counted: { readonly at: number; readonly sessions: number } | undefined

  async function lookAll(): Promise<void> {
    const now = nowMs()
    await Promise.all([
      look(sessions, async () => {
        if (!counted || Math.abs(now - counted.at) >= sessionsEveryMs) {
          counted = { at: now, sessions: await countLiveSessions(db, now) }
        }
        sessions.set(counted.sessions)
      }),
      look(oldest, async () => oldest.set(Math.max(0, now - ((await findOldestPending(db)) ?? now)) / secondMs)),
      look(keyAges, async () => {
        for (const { purpose, created_at } of await listKeysInUse(db)) {
          keyAges.set({ key: purpose }, Math.max(0, now - created_at) / secondMs)
        }
      }),
    ])
  }

  return {
    committed(writes) {
      for (const event of eventsOf(writes)) {
        const count = countEvent(event)
        if (count) counters[count.metric].inc({ ...count.labels, tenant: tenantOf(event.tenantId) })
        const { delay_ms: delayMs } = event.data
        if (event.type === 'alert.raised' && typeof delayMs === 'number') alertDelay.observe(delayMs / secondMs)
      }
      for (const write of writes) {
        const outcome = outcomeOfAttempt(write)
        if (outcome) deliveries.inc({ outcome })
      }
    },
    answered({ method, operation, status, problem, tookMs }) {
      const labels = {
        http_request_method: operation ? method : 'other',
        http_route: operation?.path ?? 'other',
        http_response_status_code: String(status),
      }
      requests.observe(labels, tookMs / secondMs)
      if (operation && judgesProof(operation)) proofs.observe(tookMs / secondMs)
      if (problem === 'rate_limited') limited.inc({ class: operation?.rate ?? 'other' })
    },
    async print() {
      await lookAll()
      return { type: registry.contentType, text: await registry.metrics() }
    },
  }
}
