import type { Policy } from '@gatehouse/contract/policy'
import { hourMs, secondMs } from '../kernel/durations.ts'
import { openStrangerLine, type StrangerLine } from '../outgoing/stranger-line.ts'
import { type WebhookReach, webhookReach } from './webhook-url.ts'

/** What webhooks stand on. Whoever opens it closes its line. */
export interface Webhooks {
  readonly reach: WebhookReach
  readonly line: StrangerLine
  readonly longestMs: number
  readonly windowMs: number
}

interface Settings {
  readonly webhookNetworks: readonly string[]
  readonly webhookResolvers: readonly string[]
}

export function openWebhooks({ webhookNetworks, webhookResolvers }: Settings, policy: Policy): Webhooks {
  const reach = webhookReach(webhookNetworks)
  const longestMs = policy.webhookTimeoutSeconds * secondMs
  const line = openStrangerLine({ longestMs, mayReach: reach.mayReach, resolvers: webhookResolvers })
  return { reach, line, longestMs, windowMs: policy.webhookHours * hourMs }
}
