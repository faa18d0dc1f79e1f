import { z } from 'zod'

/** How soon somebody should look at it. */
export type Severity = 'info' | 'warning' | 'critical'

interface AlertRule {
  readonly severity: Severity
  /** What of an event it counts by: whom it happened to, where it came from, the tenant as a whole, or a part of the service. */
  readonly of: 'user' | 'address' | 'tenant' | 'service'
  /** So many within so many seconds raise it. */
  readonly count: number
  readonly seconds: number
  /** Counts different users, or different kinds of factors, and not events. */
  readonly distinct?: true
  readonly sentence: string
}

/** Every rule, switched on from the start. The numbers may be others in a tenant. */
export const alertRules = {
  mfa_failures: {
    severity: 'warning',
    of: 'user',
    count: 3,
    seconds: 300,
    sentence: 'Wrong codes for one user: further codes wait.',
  },
  account_locked: {
    severity: 'warning',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'Too many wrong passwords have locked a user.',
  },
  recovery_code_used: {
    severity: 'warning',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'Somebody came in by a recovery code or an access pass.',
  },
  recovery_requested: {
    severity: 'warning',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'Somebody with the password says that they have lost everything else.',
  },
  different_country: {
    severity: 'info',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'A sign-in from a country that is new for the user.',
  },
  impossible_travel: {
    severity: 'critical',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'A sign-in from farther away than anybody travels in that time.',
  },
  simultaneous_sessions: {
    severity: 'warning',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'One user is signed in from two countries at once.',
  },
  odd_hour: {
    severity: 'info',
    of: 'user',
    count: 3,
    seconds: 3600,
    sentence: 'Sign-ins at hours at which the user hardly ever comes.',
  },
  method_switching: {
    severity: 'warning',
    of: 'user',
    count: 3,
    seconds: 900,
    distinct: true,
    sentence: 'One second factor after another was tried for one user.',
  },
  sign_in_refused: {
    severity: 'warning',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'The right password was shown, and the sign-in was refused by its risk.',
  },
  failing_address: {
    severity: 'warning',
    of: 'address',
    count: 20,
    seconds: 300,
    sentence: 'One address fails to sign in again and again.',
  },
  many_accounts: {
    severity: 'critical',
    of: 'address',
    count: 8,
    seconds: 3600,
    distinct: true,
    sentence: 'One address tries the accounts of many users.',
  },
  failure_storm: {
    severity: 'critical',
    of: 'tenant',
    count: 200,
    seconds: 60,
    sentence: 'Many sign-ins fail, from wherever they come.',
  },
  push_denied: {
    severity: 'critical',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'Somebody said on a device that a sign-in was not theirs.',
  },
  push_stopped: {
    severity: 'warning',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'Requests to a device were left without an answer, until no more were sent.',
  },
  sign_in_disowned: {
    severity: 'critical',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'The owner of an account said by a link in a mail that a sign-in was not theirs.',
  },
  refresh_reuse: {
    severity: 'critical',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'A refresh token came back that had been used: somebody has a copy.',
  },
  level_burning_fast: {
    severity: 'critical',
    of: 'service',
    count: 1,
    seconds: 300,
    sentence: 'A service level is missed by so much that soon nothing more may go wrong.',
  },
  level_burning_slow: {
    severity: 'warning',
    of: 'service',
    count: 1,
    seconds: 300,
    sentence: 'A service level has been missed for days.',
  },
  push_transport_failing: {
    severity: 'warning',
    of: 'service',
    count: 1,
    seconds: 300,
    sentence: 'A push transport does not reach devices: those who have one are offered other factors first.',
  },
  webhook_disabled: {
    severity: 'warning',
    of: 'service',
    count: 1,
    seconds: 300,
    sentence: 'A webhook endpoint is disabled: its receiver is gone, or took nothing in all of its time.',
  },
  administrator_changed: {
    severity: 'warning',
    of: 'user',
    count: 1,
    seconds: 300,
    sentence: 'An administrator was made, changed or removed, or a way in was made for one.',
  },
} as const satisfies Record<string, AlertRule>

export type AlertRuleName = keyof typeof alertRules
export const alertRuleNames = Object.keys(alertRules) as [AlertRuleName, ...AlertRuleName[]]

/** Ways in which an alert is told, besides the list of alerts. */
export const alertChannels = ['mail', 'webhook', 'feed'] as const
export type AlertChannel = (typeof alertChannels)[number]

/** Where a tenant wants other numbers, or none. */
export const AlertRules = z
  .partialRecord(
    z.enum(alertRuleNames),
    z.strictObject({
      on: z.boolean().optional(),
      count: z.number().int().min(1).max(100_000).optional(),
      seconds: z.number().int().min(10).max(86_400).optional(),
      channels: z.array(z.enum(alertChannels)).max(alertChannels.length).optional(),
    }),
  )
  .meta({ id: 'AlertRules' })
export type AlertRules = z.output<typeof AlertRules>
