import type { OutgoingRequest } from '../../outgoing/outgoing-line.ts'
import type { Delivery, DeliveryFailure } from '../channel.ts'

/** A short message to one number (E.164). */
export interface ShortMessage {
  readonly id: string
  readonly to: string
  readonly text: string
  /** How long it is of use from now on. */
  readonly lifeSeconds: number
  readonly at: Date
}

/** How one provider is spoken to. It decides; the line sends. */
export interface SmsAdapter {
  readonly provider: string
  write(message: ShortMessage): OutgoingRequest | Promise<OutgoingRequest>
  /** What an answer means. `text` is whatever came: it may be garbage. */
  judge(status: number, text: string): Delivery
}

export const taken: Delivery = { taken: true }

export function failed(reason: DeliveryFailure): Delivery {
  return { taken: false, reason, isFinal: reason === 'recipient_refused' || reason === 'message_refused' }
}

/** What a status means where the provider says no more. A redirect is no answer: it is not followed. */
export function judgeStatus(status: number): Delivery {
  if (status === 401 || status === 403) return failed('not_authorised')
  if (status === 408 || status === 429 || status >= 500) return failed('busy')
  if (status >= 400) return failed('message_refused')
  return failed('bad_answer')
}

/** An object of JSON, or undefined for anything else. */
export function readJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

export const formType = { 'content-type': 'application/x-www-form-urlencoded' }
