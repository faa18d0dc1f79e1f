import type { Alert } from '@gatehouse/contract/alert-operations'
import type { Attack, AttackOptions } from './attacks/attack.ts'
import type { Finding, Stage, Traces } from './stage.ts'

/** What became of one attack, as far as one thing is concerned that has to find it. */
export interface Outcome {
  readonly attack: string
  readonly finding: Finding
  readonly found: boolean
  /** From the event to the alert. What is known before the answer leaves has no delay. */
  readonly delayMs: number
  readonly alertId?: string
}

const lookEveryMs = 100

/** Carries an attack out, and waits for what has to find it. */
export async function watchAttack(stage: Stage, attack: Attack, options: AttackOptions): Promise<readonly Outcome[]> {
  const begunAt = stage.now().getTime()
  const traces = await attack.run(stage, options)
  if (stage.patienceMs === 0) await stage.settle()
  const giveUpAt = performance.now() + stage.patienceMs
  const outcomes: Outcome[] = []
  for (const finding of attack.foundBy) {
    outcomes.push({ attack: attack.name, finding, ...(await look(stage, finding, { traces, begunAt, giveUpAt })) })
  }
  return outcomes
}

interface Search {
  readonly traces: Traces
  readonly begunAt: number
  readonly giveUpAt: number
}

async function look(stage: Stage, finding: Finding, search: Search): Promise<Omit<Outcome, 'attack' | 'finding'>> {
  for (;;) {
    const found = 'alert' in finding ? await findAlert(stage, finding.alert, search) : undefined
    if (found) return { found: true, delayMs: found.delay_ms, alertId: found.id }
    if ('reason' in finding && (await hasReason(stage, finding.reason, search))) return { found: true, delayMs: 0 }
    if (performance.now() > search.giveUpAt) return { found: false, delayMs: Number.NaN }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

async function findAlert(stage: Stage, rule: Alert['rule'], { traces, begunAt }: Search): Promise<Alert | undefined> {
  const { data } = await stage.gatehouse.alerts.listPage({ rule, limit: 50 })
  return data.find(({ user_id, source, last_at }) => {
    if (Date.parse(last_at) < begunAt) return false
    if (user_id !== null) return traces.users.includes(user_id)
    return traces.sources.length === 0 || (source !== null && traces.sources.includes(source))
  })
}

async function hasReason(stage: Stage, reason: string, { traces }: Search): Promise<boolean> {
  for (const user_id of traces.users) {
    const { data } = await stage.gatehouse.auditEvents.listPage({ user_id: user_id as `usr_${string}`, limit: 50 })
    if (
      data.some((event) =>
        String(event.data['risk_reasons'] ?? '')
          .split(' ')
          .includes(reason),
      )
    )
      return true
  }
  return false
}

/** Closes all alerts, so that the next of the same kind is one of its own. */
export async function closeAlerts({ keeper }: Pick<Stage, 'keeper'>): Promise<readonly Alert[]> {
  if (!keeper) return []
  const closed: Alert[] = []
  for (;;) {
    const { data } = await keeper.alerts.listPage({ state: 'open', limit: 200 })
    for (const { id } of data) await keeper.alerts.resolve({ id, reason: 'simulation' })
    closed.push(...data)
    if (data.length === 0) return closed
  }
}
