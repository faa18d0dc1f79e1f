import type { Alert } from '@gatehouse/contract/alert-operations'
import type { EventType } from '@gatehouse/contract/events'
import { type Context, commit } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { Id } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { type AlertRow, changeAlert } from './alert.store.ts'
import { getAlert, getAlertRow } from './list-alerts.ts'

interface Change {
  readonly state: Exclude<AlertRow['state'], 'open'>
  readonly event: EventType
  /** For so long the same is not raised again. */
  readonly quietMs?: number
}

/** Somebody looks at it. */
export const acknowledgeAlert = changing({ state: 'acknowledged', event: 'alert.acknowledged' })
/** It is over. */
export const resolveAlert = changing({ state: 'resolved', event: 'alert.resolved' })
/** It is all right, and will be for a day. */
export const expectAlert = changing({ state: 'expected', event: 'alert.expected', quietMs: dayMs })

function changing({ state, event, quietMs = 0 }: Change) {
  return async (ctx: Context, input: { readonly id: Id<'alr'>; readonly reason: string }): Promise<Alert> => {
    const row = await getAlertRow(ctx, input.id)
    // What is closed stays closed.
    if (row.state === 'resolved' && state === 'acknowledged') throw new Fault('version_conflict')
    const now = ctx.now.getTime()
    const committed = await commit(ctx, [
      changeAlert({
        id: row.id,
        state,
        changed_at: now,
        expected_until: quietMs > 0 ? now + quietMs : null,
        note: input.reason,
        version: row.version,
      }),
      record(ctx, {
        type: event,
        userId: row.user_id ?? undefined,
        data: { alert_id: row.id, rule: row.rule, reason: input.reason },
      }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    return getAlert(ctx, { id: row.id })
  }
}
