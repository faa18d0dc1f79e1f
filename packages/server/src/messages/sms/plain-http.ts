import { judgeStatus, taken } from '../judge-answer.ts'
import type { ShortMessage, SmsAdapter } from './sms-adapter.ts'
import type { SmsAccount } from './sms-settings.ts'

type Json = Extract<SmsAccount, { provider: 'http' }>['body']

/** Any service that takes a JSON document by POST and answers 2xx when it has taken the message. */
export function plainHttp(account: Extract<SmsAccount, { provider: 'http' }>): SmsAdapter {
  const { url, token, body } = account
  return {
    provider: 'http',
    write: (message) => ({
      url,
      headers: {
        'content-type': 'application/json',
        // Whoever understands it sends a message once, even if it comes twice.
        'idempotency-key': message.id,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(fillIn(body, message)),
    }),
    judge: (status) => (status >= 200 && status < 300 ? taken : judgeStatus(status)),
  }
}

/** Values go into texts of the document before it is written as JSON, so that none can change its form. */
function fillIn(json: Json, message: ShortMessage): Json {
  if (typeof json === 'string') {
    return json.replace(/\{(to|text|id)\}/g, (_, name: 'to' | 'text' | 'id') => message[name])
  }
  if (Array.isArray(json)) return json.map((each) => fillIn(each, message))
  if (typeof json === 'object' && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, fillIn(value, message)]))
  }
  return json
}
