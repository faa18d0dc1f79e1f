import type { AlertRuleName } from '@gatehouse/contract/alerts'
import type { EventType } from '@gatehouse/contract/events'
import { sha256 } from '../crypto/sha256.ts'
import { sourceOf } from '../guard/source.ts'
import type { SealedEvent } from '../log/log-reader.ts'

/** One event as one rule sees it. */
export interface Signal {
  readonly rule: AlertRuleName
  /** What it is counted under: a user, a source, the tenant, or a part of the service. */
  readonly subject: string
  /** What different ones of are counted, where a rule counts those. */
  readonly key: string
  /** Takes back what was counted under this key. */
  readonly takesBack?: true
}

type Data = Readonly<Record<string, unknown>>
type Signals = (event: SealedEvent, data: Data) => readonly (Signal | undefined)[]

/** What is an alert as soon as its risk has a reason for it. */
const riskRules = ['different_country', 'impossible_travel', 'simultaneous_sessions', 'odd_hour'] as const

const ofRisk: Signals = (event, { risk_reasons: reasons }) => {
  const named = typeof reasons === 'string' ? reasons.split(' ') : []
  return riskRules.map((rule) => (named.includes(rule) ? byUser(rule, event) : undefined))
}

/**
 * A proof that was looked at, or that nobody looked at because there were too many. Who mistypes on a device of the owner is the
 * owner, as long as they wait when they are told to.
 */
const isWrongCode = ({ reason, known_device: isKnown, ...data }: Data) =>
  reason === 'locked' ||
  reason === 'month_limit' ||
  (data['factor_id'] !== undefined && reason !== 'challenge_expired' && isKnown !== true)

const rules: Readonly<Partial<Record<EventType, Signals>>> = {
  'login.succeeded': (event, data) => [ofRightPassword(event), ...ofRisk(event, data)],
  'login.challenged': (event) => [ofRightPassword(event)],
  'login.failed': (event, data) => {
    if (data['reason'] === 'risk') return [byUser('sign_in_refused', event), ...ofRisk(event, data)]
    return [
      byAddress('failing_address', event, event.id),
      byAddress('many_accounts', event, whoOf(event)),
      { rule: 'failure_storm', subject: 'tenant', key: event.id },
    ]
  },
  'factor.rejected': (event, data) => [
    isWrongCode(data) ? byUser('mfa_failures', event) : undefined,
    ofMethod(event, data),
  ],
  'factor.verified': (event, data) => [ofMethod(event, data)],
  // What an administrator has done by an alert is not one again.
  'user.locked': (event, data) => [data['alert_id'] === undefined ? byUser('account_locked', event) : undefined],
  'recovery_code.used': (event) => [byUser('recovery_code_used', event), ofMethod(event, { factor_type: 'codes' })],
  'access_pass.used': (event) => [byUser('recovery_code_used', event)],
  'recovery.requested': (event) => [byUser('recovery_requested', event)],
  'push.denied': (event) => [byUser('push_denied', event)],
  'sign_in.disowned': (event) => [byUser('sign_in_disowned', event)],
  'push.stopped': (event) => [byUser('push_stopped', event)],
  'token.reused': (event) => [byUser('refresh_reuse', event)],
  'level.burning': ({ id }, data) => [
    {
      rule: data['pace'] === 'slow' ? 'level_burning_slow' : 'level_burning_fast',
      subject: `level ${data['reason']}`,
      key: id,
    },
  ],
  'push.transport_failing': ({ id }, data) => [
    { rule: 'push_transport_failing', subject: `transport ${data['reason']}`, key: id },
  ],
  'webhook_endpoint.disabled': ({ id }, data) => [
    { rule: 'webhook_disabled', subject: `endpoint ${data['endpoint_id']}`, key: id },
  ],
  'administrator.created': (event) => [byUser('administrator_changed', event)],
  'administrator.changed': (event) => [byUser('administrator_changed', event)],
  'administrator.removed': (event) => [byUser('administrator_changed', event)],
  'administrator.link_issued': (event) => [byUser('administrator_changed', event)],
}

/** What an event is a sign of. Most are a sign of nothing. */
export function signalsOf(event: SealedEvent): readonly Signal[] {
  const find = Object.hasOwn(rules, event.type) ? rules[event.type as EventType] : undefined
  if (!find) return []
  return find(event, JSON.parse(event.data) as Data).filter((signal) => signal !== undefined)
}

function byUser(rule: AlertRuleName, { user_id, id }: SealedEvent): Signal | undefined {
  return user_id === null ? undefined : { rule, subject: user_id, key: id }
}

function byAddress(rule: AlertRuleName, { ip_address }: SealedEvent, key: string): Signal | undefined {
  return ip_address === null ? undefined : { rule, subject: sourceOf(ip_address), key }
}

function ofMethod(event: SealedEvent, { factor_type: type }: Data): Signal | undefined {
  const signal = byUser('method_switching', event)
  return signal && typeof type === 'string' ? { ...signal, key: type } : undefined
}

/** Who then has the right password had mistyped: in an office there is always somebody who has. */
function ofRightPassword(event: SealedEvent): Signal | undefined {
  const signal = byAddress('many_accounts', event, whoOf(event))
  return signal && { ...signal, takesBack: true }
}

function whoOf({ user_id, email }: SealedEvent): string {
  return user_id ?? digest(email ?? '')
}

/** Tells addresses apart and keeps none. */
function digest(email: string): string {
  return sha256(email).toString('base64url').slice(0, 16)
}
