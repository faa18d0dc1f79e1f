import type { Alert } from '@gatehouse/contract/alert-operations'
import { type AlertRuleName, alertRules } from '@gatehouse/contract/alerts'
import type { AlertRow } from './alert.store.ts'

/** An alert as the API shows it. */
export function showAlert(row: AlertRow): Alert {
  const rule = row.rule as AlertRuleName
  const { severity, sentence } = alertRules[rule]
  const time = (at: number) => new Date(at).toISOString()
  return {
    id: row.id,
    rule,
    severity,
    sentence,
    state: row.state,
    user_id: row.user_id,
    source: row.source,
    reasons: JSON.parse(row.reasons),
    first_at: time(row.first_at),
    last_at: time(row.last_at),
    count: row.count,
    users: (JSON.parse(row.users) as string[]).length,
    event_ids: JSON.parse(row.event_ids),
    raised_at: time(row.raised_at),
    delay_ms: row.delay_ms,
    changed_at: time(row.changed_at),
    note: row.note,
  }
}
