import type { Delivery, DeliveryFailure } from './channel.ts'

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

/** What it means that no answer came. */
export function judgeError(error: unknown): 'timeout' | 'bad_answer' | 'unreachable' {
  const { name, code } = error as { readonly name?: string; readonly code?: string }
  if (name === 'TimeoutError' || name === 'AbortError' || /TIMEOUT/.test(code ?? '')) return 'timeout'
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || /^HPE_/.test(code ?? '') ? 'bad_answer' : 'unreachable'
}
