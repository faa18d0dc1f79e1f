import type { Alert, actOnAlert as Contract } from '@gatehouse/contract/alert-operations'
import type { Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { eraseDevices } from '../devices/erase-devices.ts'
import { blockEverywhere } from '../guard/blocked-source.ts'
import { lockName } from '../guard/count-attempt.ts'
import { hourMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Write } from '../storage/write.ts'
import { getUserRow } from '../users/get-user.ts'
import type { AlertRow } from './alert.store.ts'
import { getAlert, getAlertRow } from './list-alerts.ts'

interface Tools {
  readonly policy: Policy
  readonly sessions: Sessions
}

/** Does what somebody has decided who looked at an alert: about its user, or about where it came from. */
export function actOnAlert({ policy, sessions }: Tools) {
  async function doIt(ctx: Context, action: Parsed<typeof Contract>['action'], alert: AlertRow) {
    if (action === 'block_source') {
      if (alert.source === null) throw notApplicable('The alert names no address.')
      await blockEverywhere(ctx, alert.source, hourMs)
      return []
    }
    if (alert.user_id === null) throw notApplicable('The alert is not about one user.')
    const user = await getUserRow(ctx, alert.user_id)
    if (action === 'lock_user') {
      if (user.email_key === null) throw notApplicable('The user has no address to sign in with, and no password.')
      await lockName(ctx, user.email_key, policy)
      return [record(ctx, { type: 'user.locked', userId: user.id, data: { alert_id: alert.id } })]
    }
    if (action === 'end_sessions') return sessions.endAllOf(ctx, user.id, 'revoked', { note: `alert ${alert.id}` })
    const writes: readonly Write[] = [...(await sessions.endProofsOf(ctx, user.id)), eraseDevices(ctx, user.id)]
    return writes
  }

  return async (ctx: Context, { id, action, reason }: Parsed<typeof Contract>): Promise<Alert> => {
    const alert = await getAlertRow(ctx, id)
    const writes = await doIt(ctx, action, alert)
    const committed = await commit(ctx, [
      ...writes,
      record(ctx, {
        type: 'alert.acted_on',
        userId: alert.user_id ?? undefined,
        data: { alert_id: alert.id, rule: alert.rule, action, reason },
      }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    sessions.forgetAll()
    return getAlert(ctx, { id })
  }
}

function notApplicable(detail: string): Fault {
  return new Fault('invalid_request', { errors: [{ pointer: '/action', code: 'not_applicable', detail }] })
}
