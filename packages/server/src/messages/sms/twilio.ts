import { failed, formType, judgeStatus, readJson, taken } from '../judge-answer.ts'
import type { SmsAdapter } from './sms-adapter.ts'
import type { SmsAccount } from './sms-settings.ts'

/** Numbers that cannot be, are no mobile, or do not want to be written to. */
const recipientCodes: ReadonlySet<unknown> = new Set([21211, 21214, 21217, 21265, 21408, 21610, 21612, 21614])

/** Programmable Messaging of Twilio: POST /2010-04-01/Accounts/{sid}/Messages.json. */
export function twilio(account: Extract<SmsAccount, { provider: 'twilio' }>): SmsAdapter {
  const { account_sid, auth_token, from, url } = account
  const authorization = `Basic ${Buffer.from(`${account_sid}:${auth_token}`).toString('base64')}`
  return {
    provider: 'twilio',
    write({ to, text, lifeSeconds }) {
      const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from }
      // Twilio gives up on it, too, when it is of no use any more.
      const life = { ValidityPeriod: String(Math.min(Math.max(lifeSeconds, 1), 36_000)) }
      return {
        url: `${url.replace(/\/+$/, '')}/2010-04-01/Accounts/${account_sid}/Messages.json`,
        headers: { ...formType, authorization },
        body: new URLSearchParams({ To: to, Body: text, ...sender, ...life }).toString(),
      }
    },
    judge(status, text) {
      const answer = readJson(text)
      if (status === 201) return typeof answer?.['sid'] === 'string' ? taken : failed('bad_answer')
      return recipientCodes.has(answer?.['code']) ? failed('recipient_refused') : judgeStatus(status)
    },
  }
}
