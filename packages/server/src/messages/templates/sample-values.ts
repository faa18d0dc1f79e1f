import { type MessageKind, messages, type ValueNature } from '@gatehouse/contract/messages'
import { dayMs } from '../../kernel/durations.ts'

/** What a message speaks of, made up: nobody's. */
export function sampleValues(kind: MessageKind, now: Date): Readonly<Record<string, string>> {
  const names: Readonly<Record<string, ValueNature>> = messages[kind].values
  return Object.fromEntries(Object.entries(names).map(([name, nature]) => [name, sampleOf(name, nature, now)]))
}

const known: Readonly<Record<string, string>> = {
  code: '123456',
  minutes: '5',
  ip: '203.0.113.9',
  left: '3',
  user: 'ada@example.org',
}

function sampleOf(name: string, nature: ValueNature, now: Date): string {
  switch (nature) {
    case 'time':
      return (name === 'ends' ? new Date(now.getTime() + dayMs) : now).toISOString()
    case 'agent':
      return 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0'
    case 'factor':
      return 'totp'
    case 'action':
      return 'payout: amount 120.00'
    case 'link':
      return 'https://auth.example.org/example'
    case 'free':
      return 'customer portal'
    case 'ours':
      return known[name] ?? '12'
  }
}
