import type { DeliveryFailure } from '../channel.ts'
import { failed, formType, judgeStatus, readJson, taken } from '../judge-answer.ts'
import type { SmsAdapter } from './sms-adapter.ts'
import type { SmsAccount } from './sms-settings.ts'

/** What the numbers in the answer stand for; the HTTP status is 200 for all of them. */
const reasons: Readonly<Record<string, DeliveryFailure>> = {
  '1': 'busy',
  '3': 'recipient_refused',
  '4': 'not_authorised',
  '5': 'busy',
  '6': 'recipient_refused',
  '7': 'recipient_refused',
  '8': 'not_authorised',
  '9': 'not_authorised',
  '14': 'not_authorised',
  '29': 'recipient_refused',
}

/** The SMS API of Vonage: POST /sms/json. */
export function vonage(account: Extract<SmsAccount, { provider: 'vonage' }>): SmsAdapter {
  const { api_key, api_secret, from, url } = account
  return {
    provider: 'vonage',
    write({ id, to, text, lifeSeconds }) {
      const form = {
        api_key,
        api_secret,
        from,
        to: to.replace('+', ''),
        text,
        type: /^[\x20-\x7e]*$/.test(text) ? 'text' : 'unicode',
        // Milliseconds; no less than twenty seconds are taken.
        ttl: String(Math.max(lifeSeconds * 1000, 20_000)),
        'client-ref': id,
      }
      return {
        url: `${url.replace(/\/+$/, '')}/sms/json`,
        headers: formType,
        body: new URLSearchParams(form).toString(),
      }
    },
    judge(status, text) {
      if (status !== 200) return judgeStatus(status)
      const messages = readJson(text)?.['messages']
      const first: unknown = Array.isArray(messages) ? messages[0] : undefined
      const code = String((first as { status?: unknown } | undefined)?.status)
      return code === '0'
        ? taken
        : failed(Object.hasOwn(reasons, code) ? (reasons[code] ?? 'bad_answer') : 'bad_answer')
    },
  }
}
