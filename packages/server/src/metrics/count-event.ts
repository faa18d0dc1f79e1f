import type { Happening } from '../log/events-of.ts'

/** One more of a counter, under labels that are words of ours: never a person, an address or anything that was sent. */
export interface Count {
  readonly metric: CounterName
  readonly labels: Readonly<Record<string, string>>
}

/** Counters that go by events, with their labels besides `tenant`. */
export const eventCounters = {
  gatehouse_auth_attempts_total: {
    help: 'Sign-ins by password or passkey, as they ended.',
    labels: ['outcome', 'method'],
  },
  gatehouse_mfa_verifications_total: { help: 'Proofs of second factors.', labels: ['factor', 'outcome'] },
  gatehouse_enrollments_total: { help: 'Steps of enrolments of factors.', labels: ['factor', 'outcome'] },
  gatehouse_lockouts_total: { help: 'Users, factors and devices that were locked.', labels: ['reason'] },
  gatehouse_alerts_total: { help: 'Alerts that were raised.', labels: ['rule', 'severity'] },
} as const
export type CounterName = keyof typeof eventCounters

type Labels = Readonly<Record<string, string>>

/** What an event counts as. Most count as nothing. */
export function countEvent({ type, data }: Happening): Count | undefined {
  const word = (name: string) => (typeof data[name] === 'string' ? (data[name] as string) : 'unknown')
  const auth = (labels: Labels) => ({ metric: 'gatehouse_auth_attempts_total', labels }) as const
  const mfa = (labels: Labels) => ({ metric: 'gatehouse_mfa_verifications_total', labels }) as const
  const enrollment = (outcome: string) =>
    ({ metric: 'gatehouse_enrollments_total', labels: { factor: word('factor_type'), outcome } }) as const
  const lockout = (reason: string) => ({ metric: 'gatehouse_lockouts_total', labels: { reason } }) as const
  switch (type) {
    case 'login.succeeded':
      return auth({ outcome: 'success', method: methodOf(word('amr')) })
    case 'login.challenged':
      return auth({ outcome: 'challenged', method: 'password' })
    case 'login.captcha_required':
      return auth({ outcome: 'captcha_required', method: 'password' })
    case 'login.failed':
      return auth({ outcome: word('reason'), method: data['check'] === undefined ? 'password' : 'passkey' })
    case 'factor.verified':
      return mfa({ factor: word('factor_type'), outcome: 'accepted' })
    case 'recovery_code.used':
      return mfa({ factor: 'recovery_codes', outcome: 'accepted' })
    case 'access_pass.used':
      return mfa({ factor: 'access_pass', outcome: 'accepted' })
    case 'factor.rejected':
      return data['purpose'] === 'enroll'
        ? enrollment('rejected')
        : mfa({ factor: word('factor_type'), outcome: word('reason') })
    case 'factor.enrolled':
      return enrollment('started')
    case 'factor.activated':
      return enrollment('done')
    case 'user.locked':
      return lockout(data['alert_id'] === undefined ? 'passwords' : 'administrator')
    case 'factor.suspended':
      return lockout('codes')
    case 'push.stopped':
      return lockout('push')
    case 'alert.raised':
      return { metric: 'gatehouse_alerts_total', labels: { rule: word('rule'), severity: word('severity') } }
    default:
      return undefined
  }
}

/** By which way somebody came in: what was proven first, or the passkey that did it alone. */
function methodOf(amr: string): string {
  const methods = amr.split(' ')
  if (methods.includes('pwd')) return 'password'
  return methods.includes('recovery') ? 'recovery' : 'passkey'
}
