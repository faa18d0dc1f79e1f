import { z } from 'zod'
import { alertRuleNames } from './alerts.ts'
import { idOf, Nonce, Page, pageOf, Time, text } from './fields.ts'
import { operation } from './operation.ts'

const AlertState = z.enum(['open', 'acknowledged', 'resolved', 'expected'])

export const Alert = z
  .object({
    id: idOf('alr'),
    rule: z.enum(alertRuleNames),
    severity: z.enum(['info', 'warning', 'critical']),
    sentence: z.string(),
    state: AlertState.meta({
      description: 'expected: whoever looked says that it is all right; the same is not raised again for a day',
    }),
    user_id: idOf('usr').nullable(),
    source: z.string().nullable().meta({ description: 'The address, or the first 64 bits of it' }),
    reasons: z.array(z.string()).meta({ description: 'Facts of the events in words: kinds, reasons of refusals' }),
    first_at: Time.meta({ description: 'Of the first event that it counts' }),
    last_at: Time,
    count: z.number().int().meta({ description: 'Of events' }),
    users: z.number().int().meta({ description: 'How many users those events are about' }),
    event_ids: z.array(z.string()).meta({ description: 'The newest 20 events' }),
    raised_at: Time,
    delay_ms: z.number().int().meta({ description: 'From the event that raised it to the alert' }),
    changed_at: Time,
    note: z.string().nullable(),
  })
  .meta({ id: 'Alert' })
export type Alert = z.output<typeof Alert>

const common = { caller: 'client', rate: 'other', status: 200 } as const
const change = z.strictObject({ ...Nonce, id: idOf('alr'), reason: text(500) })

export const listAlerts = operation({
  ...common,
  id: 'listAlerts',
  summary: 'Read the alerts of the tenant, the newest first',
  method: 'GET',
  path: '/v1/alerts',
  scope: 'alerts:read',
  input: z.strictObject({
    ...Page,
    state: AlertState.optional(),
    rule: z.enum(alertRuleNames).optional(),
    user_id: idOf('usr').optional(),
  }),
  output: pageOf(Alert),
  problems: [],
})

export const getAlert = operation({
  ...common,
  id: 'getAlert',
  summary: 'Read an alert',
  method: 'GET',
  path: '/v1/alerts/{id}',
  scope: 'alerts:read',
  input: z.strictObject({ id: idOf('alr') }),
  output: Alert,
  problems: ['not_found'],
})

export const followAlerts = operation({
  ...common,
  id: 'followAlerts',
  summary:
    'Read the alerts that are new or have changed, the oldest first. With `Accept: text/event-stream` the answer goes on, with the same in its events',
  method: 'GET',
  path: '/v1/alerts/feed',
  scope: 'alerts:read',
  input: z.strictObject({
    position: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional()
      .meta({ description: 'That of an earlier answer (or `Last-Event-ID`). Without it, what comes from now on' }),
  }),
  output: z.object({
    data: z.array(Alert),
    position: z.string().meta({ description: 'Where to go on' }),
    has_more: z.boolean(),
  }),
  problems: [],
})

export const acknowledgeAlert = operation({
  ...common,
  id: 'acknowledgeAlert',
  summary: 'Say that somebody looks at an alert. It goes on counting',
  method: 'POST',
  path: '/v1/alerts/{id}/acknowledge',
  scope: 'alerts:write',
  input: change,
  output: Alert,
  problems: ['not_found', 'version_conflict'],
})

export const resolveAlert = operation({
  ...common,
  id: 'resolveAlert',
  summary: 'Close an alert. The same raises a new one',
  method: 'POST',
  path: '/v1/alerts/{id}/resolve',
  scope: 'alerts:write',
  input: change,
  output: Alert,
  problems: ['not_found', 'version_conflict'],
})

export const expectAlert = operation({
  ...common,
  id: 'expectAlert',
  summary: 'Say that what an alert tells of is all right. The same is not raised again for a day',
  method: 'POST',
  path: '/v1/alerts/{id}/expect',
  scope: 'alerts:write',
  input: change,
  output: Alert,
  problems: ['not_found', 'version_conflict'],
})

export const actOnAlert = operation({
  ...common,
  id: 'actOnAlert',
  summary: 'Do something about what an alert tells of: lock the user, block the address, end sessions, ask for factors',
  method: 'POST',
  path: '/v1/alerts/{id}/act',
  scope: 'alerts:write',
  input: z.strictObject({
    ...Nonce,
    id: idOf('alr'),
    action: z.enum(['lock_user', 'block_source', 'demand_mfa', 'end_sessions']).meta({
      description:
        'lock_user: no password is taken for 30 minutes. block_source: no sign-in from there for an hour. demand_mfa: no factor that was shown before counts. end_sessions: all of them',
    }),
    reason: text(500),
  }),
  output: Alert,
  problems: ['not_found', 'version_conflict'],
})

export const alertOperations = [
  listAlerts,
  getAlert,
  followAlerts,
  acknowledgeAlert,
  resolveAlert,
  expectAlert,
  actOnAlert,
] as const
