import { WebhookFilter, webhookTypes } from '@gatehouse/contract/webhook-events'
import { nearNames } from './name-near.ts'

/** @throws Error, with the types that come near, for what is no type of event */
export function checkType(name: string): void {
  if ((webhookTypes as readonly string[]).includes(name)) return
  throw unknown(name, webhookTypes)
}

/**
 * An entry of an endpoint's filter: a type, all of a noun (`user.*`) or all.
 * @throws Error, with the entries that come near, for what is none
 */
export function checkFilter(name: string): WebhookFilter {
  const parsed = WebhookFilter.safeParse(name)
  if (parsed.success) return parsed.data
  throw unknown(name, WebhookFilter.options)
}

function unknown(name: string, known: readonly string[]): Error {
  const near = nearNames(name, known)
  const there = near.length > 0 ? near.join(', ') : 'user.locked, alert.raised and others: docs/webhooks.md'
  return new Error(`${name} is no type of event; there are ${there}`)
}
