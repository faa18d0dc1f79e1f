import { type AlertChannel, type AlertRuleName, type AlertRules, alertRules } from '@gatehouse/contract/alerts'

const quiet: readonly AlertChannel[] = ['webhook', 'feed']
const loud: readonly AlertChannel[] = ['mail', ...quiet]

/** By which ways an alert of this rule is told, besides the list. */
export function channelsOf(name: AlertRuleName, own: AlertRules): readonly AlertChannel[] {
  return own[name]?.channels ?? (alertRules[name].severity === 'info' ? quiet : loud)
}

/** Whether the event of an alert is told by this way. One that names none is told by all. */
export function goesBy(channel: AlertChannel, { channels }: Readonly<Record<string, unknown>>): boolean {
  return typeof channels !== 'string' || channels.split(' ').includes(channel)
}
