import { type EventType, events } from '@gatehouse/contract/events'
import { type WebhookEvent, webhookTypes } from '@gatehouse/contract/webhook-events'
import type { SealedEvent } from '../log/log-reader.ts'

/**
 * The facts of an event that leave the house, by name. What is not named stays: a new fact is looked at here before strangers
 * see it. Free words of people (`note`, names of applications) and addresses are not among them.
 */
const facts: ReadonlySet<string> = new Set([
  ...['factor_id', 'challenge_id', 'client_id', 'secret_id', 'old_secret_id', 'key_id', 'message_id', 'alert_id'],
  ...[
    'factor_type',
    'key_type',
    'purpose',
    'action',
    'scope',
    'state',
    'age',
    'channel',
    'message',
    'check',
    'outcome',
  ],
  ...['amr', 'acr', 'fields', 'ends', 'count', 'days', 'codes_left', 'was_active', 'overlap_seconds', 'slug'],
  ...['mfa', 'backups', 'rule', 'severity', 'level', 'score'],
])

/** Ids, numbers, times, names of fields: nothing that could break a line or be a sentence. */
const plain = /^[\w.:+-]{1,64}( [\w.:+-]{1,64}){0,31}$/
/** Where `reason` is a word of ours. Elsewhere people have written it. */
const reasonWord = /^[a-z_0-9]{1,64}$/

const told: ReadonlySet<string> = new Set(webhookTypes)

/** Whether any endpoint can ask for it. */
export function isWebhookType(type: string): type is EventType {
  return told.has(type)
}

type Told = Pick<SealedEvent, 'id' | 'at' | 'user_id' | 'session_id' | 'client_system' | 'data'> & {
  readonly type: EventType
}

/** What endpoints are told of an event: what happened to whom, by ids. Who may know more asks for it by the API. */
export function payloadOf({ id, type, at, user_id, session_id, client_system, data }: Told): WebhookEvent {
  const known: WebhookEvent['data'] = {}
  for (const [name, value] of Object.entries({ user_id, session_id, client_system })) {
    if (value !== null) known[name] = value
  }
  for (const [name, value] of Object.entries(JSON.parse(data) as Readonly<Record<string, Fact | null>>)) {
    if (value !== null && isFact(type, name, value)) known[name] = value
  }
  return { id, type, timestamp: new Date(at).toISOString(), data: known }
}

type Fact = WebhookEvent['data'][string]

function isFact(type: EventType, name: string, value: Fact): boolean {
  if (name === 'reason') {
    const isOurs = events[type].outcome !== 'success' || type.startsWith('session.')
    return isOurs && typeof value === 'string' && reasonWord.test(value)
  }
  if (!facts.has(name)) return false
  return typeof value !== 'string' || plain.test(value)
}

/** Whether an endpoint has asked for events of this type. */
export function wants(filter: readonly string[], type: string): boolean {
  return filter.includes('*') || filter.includes(type) || filter.includes(`${type.split('.', 1)[0]}.*`)
}
