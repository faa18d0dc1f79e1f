import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { eraseUser as Contract } from '@gatehouse/contract/user-operations'
import { eraseAlerts } from '../alerts/erase-alerts.ts'
import { type Context, commit } from '../context.ts'
import { eraseDevices } from '../devices/erase-devices.ts'
import { eraseFactors } from '../factors/erase-factors.ts'
import { eraseCodes } from '../hosted/purge-codes.ts'
import { Fault } from '../kernel/fault.ts'
import type { Keyring } from '../keys/keyring.ts'
import { eraseEvents } from '../log/erase-events.ts'
import { record } from '../log/record.ts'
import { eraseMailTokens } from '../mail-tokens/mail-tokens.ts'
import { eraseMessages } from '../messages/erase-messages.ts'
import { erasePlaces } from '../messages/notices/erase-places.ts'
import { erasePassword } from '../passwords/erase-password.ts'
import { eraseDeliveries } from '../push/note-request.ts'
import { eraseRequests } from '../recovery/cancel-recovery.ts'
import { erasePast } from '../risk/erase-past.ts'
import { eraseSessions } from '../sessions/erase-sessions.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { eraseChallenges } from '../sign-in/erase-challenges.ts'
import { getUserRow, userAsRead } from './get-user.ts'
import { deleteUser } from './user.store.ts'

interface Tools {
  readonly sessions: Sessions
  readonly keys: Keyring
}

/** Forgets a person: all that they are and have goes, and of their events what is personal. */
export function eraseUser({ sessions, keys }: Tools) {
  return async (ctx: Context, { id, reason }: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const user = await getUserRow(ctx, id)
    const committed = await commit(ctx, [
      // First, so that whoever opens something for this user waits, and finds nobody then.
      userAsRead(user),
      ...eraseSessions(ctx, id),
      eraseChallenges(ctx, id),
      eraseDevices(ctx, id),
      ...(await eraseFactors(ctx, keys, id)),
      eraseRequests(ctx, id),
      eraseMailTokens(ctx, id),
      ...(user.email_key === null ? [] : [eraseMailTokens(ctx, user.email_key)]),
      eraseCodes(ctx, id),
      eraseMessages(ctx, id),
      eraseDeliveries(ctx, id),
      erasePlaces(ctx, id),
      erasePast(ctx, id),
      eraseAlerts(ctx, id),
      erasePassword(ctx, id),
      deleteUser(user),
      eraseEvents(ctx, user),
      record(ctx, { type: 'user.erased', userId: id, data: { reason } }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    sessions.forgetAll()
    return {}
  }
}
