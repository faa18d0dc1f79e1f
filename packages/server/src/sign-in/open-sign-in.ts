import type { Method } from '@gatehouse/contract/methods'
import type { Policy } from '@gatehouse/contract/policy'
import { findKnownDevice, rememberDevice } from '../devices/known-device.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { showUser } from '../users/show-user.ts'
import type { Answered, Opened } from './answered.ts'
import { nextStep } from './next-step.ts'
import { recordUse } from './record-use.ts'
import { showAuthenticated } from './show-authenticated.ts'
import { showRecovery } from './show-recovery.ts'

interface Tools {
  readonly sessions: Sessions
  readonly policy: Policy
}

/** What the last proof of a sign-in opens: a session. Undefined when it is not enough. */
export function openSignIn({ sessions, policy }: Tools) {
  return async ({ ctx, client, challenge, user, judged, input }: Answered): Promise<Opened | undefined> => {
    const proven = [...(JSON.parse(challenge.amr) as Method[]), ...judged.proves]
    const step = nextStep(proven, { isDisabled: user.disabled_at !== null, factors: [], needsMfa: true })
    if (step.status !== 'authenticated') return undefined

    const token = input.end_user?.device_token
    // A device that is known already keeps its token.
    const remembers =
      input.remember_device === true && step.acr === 'aal2' && !(await findKnownDevice(ctx, user.id, token))
    const device = remembers ? rememberDevice(ctx, user.id, policy) : undefined
    const amr = step.acr === 'aal2' ? [...proven, 'mfa'] : proven
    const session = sessions.open(ctx, client, { user: showUser(user), amr, acr: step.acr })
    const recovery = showRecovery(judged)
    return {
      writes: [
        recordUse(ctx, { user, judged }, { sessionId: session.id }),
        ...session.writes,
        ...(device ? [device.write] : []),
      ],
      answer: {
        ...showAuthenticated(session, showUser(user)),
        ...(device && { device_token: device.token }),
        ...(recovery && { recovery }),
      },
    }
  }
}
