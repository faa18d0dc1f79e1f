import type { EventType } from '@gatehouse/contract/events'
import type { MessageContent } from '@gatehouse/contract/messages'
import { dayMs, hourMs } from '../../kernel/durations.ts'
import { circumstancesOf } from '../circumstances.ts'

/** What a notice is made of: an event of the record, of somebody's account. */
export interface Happening {
  readonly id: string
  readonly type: EventType
  readonly at: number
  readonly userId: string
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** What somebody is to be told. */
export interface Notice {
  /** `everywhere`: the owner, also at the address that the event names, which is not theirs any more. */
  readonly to: 'owner' | 'everywhere' | 'administrators'
  readonly content: MessageContent
  /** An address gets one message of each key: what an attacker can set off again and again fills no mailbox. */
  readonly onceKey: string
}

/** How few recovery codes are few. */
const lowCodes = 3
const monthMs = 30 * dayMs

type Told = (happening: Happening) => readonly Notice[]

const told: Readonly<Partial<Record<EventType, Told>>> = {
  'user.locked': (event) => [rarely(event, dayMs, { kind: 'account_locked', values: circumstancesOf(event) })],
  'user.email_changed': (event) => [
    { ...once(event, { kind: 'email_changed', values: circumstancesOf(event) }), to: 'everywhere' },
  ],
  'user.phone_changed': (event) => [once(event, { kind: 'phone_changed', values: circumstancesOf(event) })],
  // The first password of a new account is no news.
  'password.changed': (event) =>
    event.data['with_account'] === true
      ? []
      : [once(event, { kind: 'password_changed', values: circumstancesOf(event) })],
  'factor.activated': (event) => [once(event, { kind: 'factor_added', values: ofFactor(event) })],
  // One that was never proven has been of no use to anybody.
  'factor.removed': (event) =>
    event.data['was_active'] === true ? [once(event, { kind: 'factor_removed', values: ofFactor(event) })] : [],
  'factor.suspended': (event) => [rarely(event, dayMs, { kind: 'factor_suspended', values: ofFactor(event) })],
  'factor.expiring': (event) => {
    const values = { factor: String(event.data['factor_type'] ?? 'other'), ends: String(event.data['ends']) }
    return [once(event, { kind: 'factor_expiring', values })]
  },
  'factor.rejected': (event) =>
    event.data['reason'] === 'month_limit'
      ? [rarely(event, monthMs, { kind: 'mfa_month_limit', values: circumstancesOf(event) })]
      : [],
  'push.denied': (event) => [once(event, { kind: 'push_denied', values: circumstancesOf(event) })],
  'push.stopped': (event) => [rarely(event, dayMs, { kind: 'push_stopped', values: circumstancesOf(event) })],
  'login.succeeded': (event) => [rarely(event, hourMs, { kind: 'new_device', values: withLink(event) })],
  'login.failed': (event) =>
    event.data['reason'] === 'risk'
      ? [rarely(event, hourMs, { kind: 'sign_in_refused', values: withLink(event) })]
      : [],
  'sign_in.disowned': (event) => [once(event, { kind: 'sign_in_disowned', values: circumstancesOf(event) })],
  'user.mfa_reset': (event) => [once(event, { kind: 'mfa_reset', values: circumstancesOf(event) })],
  'access_pass.issued': (event) => {
    const values = { ...circumstancesOf(event), ends: String(event.data['ends']) }
    return [once(event, { kind: 'access_pass_issued', values })]
  },
  'access_pass.used': (event) => {
    const values = { ...circumstancesOf(event), user: event.userId }
    return [
      once(event, { kind: 'access_pass_used', values: circumstancesOf(event) }),
      { ...once(event, { kind: 'admin_access_pass_used', values }), to: 'administrators' },
    ]
  },
  // The owner was told in the commit of the request, by a mail with the link that cancels it.
  'recovery.requested': (event) => {
    const values = { ...circumstancesOf(event), user: event.userId, ends: String(event.data['ends']) }
    return [{ ...once(event, { kind: 'admin_recovery_requested', values }), to: 'administrators' }]
  },
  'recovery_code.used': (event) => {
    const left = Number(event.data['codes_left'] ?? 0)
    const values = { ...circumstancesOf(event), left: String(left) }
    const low = rarely(event, dayMs, { kind: 'recovery_codes_low', values })
    return [
      once(event, { kind: 'recovery_code_used', values }),
      ...(left <= lowCodes ? [low] : []),
      {
        ...once(event, { kind: 'admin_recovery_code_used', values: { ...values, user: event.userId } }),
        to: 'administrators',
      },
    ]
  },
}

/** Whom an event concerns, and what they are to read. Of a sign-in only if the place is new to its owner. */
export function noticesOf(happening: Happening): readonly Notice[] {
  return told[happening.type]?.(happening) ?? []
}

/** What is told of a sign-in from a place that its owner has signed in from before. */
export function noticesOfFamiliar(happening: Happening): readonly Notice[] {
  const { risk_decision: decision = 'allow' } = happening.data
  if (decision === 'allow') return []
  return [rarely(happening, hourMs, { kind: 'unusual_sign_in', values: withLink(happening) })]
}

/** Whether an event is told of at all. */
export function isTold(type: string): type is EventType {
  return Object.hasOwn(told, type)
}

function once({ id }: Happening, content: MessageContent): Notice {
  return { to: 'owner', content, onceKey: `${content.kind} ${id}` }
}

/** At most one in each window of this length. */
function rarely({ userId, at }: Happening, windowMs: number, content: MessageContent): Notice {
  return { to: 'owner', content, onceKey: `${content.kind} ${userId} ${Math.floor(at / windowMs)}` }
}

/** The place of the link by which the owner says that it was not them. Who sends the notice makes it. */
function withLink(event: Happening) {
  return { ...circumstancesOf(event), link: '' }
}

function ofFactor(event: Happening) {
  return { ...circumstancesOf(event), factor: String(event.data['factor_type'] ?? 'other') }
}
