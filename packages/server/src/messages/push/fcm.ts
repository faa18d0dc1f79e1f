import { createPrivateKey, sign } from 'node:crypto'
import { z } from 'zod'
import { sha256 } from '../../crypto/sha256.ts'
import { hourMs, minuteMs, secondMs } from '../../kernel/durations.ts'
import type { World } from '../../kernel/moment.ts'
import { type OutgoingLine, openOutgoingLine } from '../../outgoing/outgoing-line.ts'
import type { OutgoingMessage } from '../channel.ts'
import { failed, formType, judgeStatus, readJson, taken } from '../judge-answer.ts'
import type { FcmSettings, ServiceAccount } from './fcm-settings.ts'
import type { SubscriptionOf, Waker } from './waker.ts'

const usualLongestMs = 8 * secondMs
const largestAnswer = 65_536

/** Apps are woken by Firebase Cloud Messaging (HTTP v1), at high priority: a device that sleeps is to wake. */
export function fcm(
  { account, url }: FcmSettings,
  { now }: Pick<World, 'now'>,
  longestMs = usualLongestMs,
): Waker<SubscriptionOf<'fcm'>> {
  const line = openOutgoingLine({ longestMs, largestAnswer })
  const tokens = accessTokens(account, line, now)
  const sendUrl = `${url}/v1/projects/${account.project_id}/messages:send`
  return {
    takes: () => true,
    async wake({ token }, message, signal) {
      const access = await tokens.get(signal)
      if (access === undefined) return failed('not_authorised')
      const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ message: { token, ...contentOf(message, now()) } })
      const { status, text } = await line.post({ url: sendUrl, headers, body }, signal)
      if (status === 200) return taken
      if (status === 401) tokens.forget(access)
      const { error } = Refusal.safeParse(readJson(text)).data ?? {}
      const code = error?.details?.find(({ errorCode }) => errorCode !== undefined)?.errorCode
      // The app was removed, or belongs to somebody else by now.
      if (code === 'UNREGISTERED' || code === 'SENDER_ID_MISMATCH') return 'gone'
      // Without that word the project itself is not there, which the operator can mend.
      return status === 404 ? failed('not_authorised') : judgeStatus(status)
    },
    close: line.close,
  }
}

/** What an error says of itself, as far as it matters here. */
const Refusal = z.object({
  error: z.object({ details: z.array(z.object({ errorCode: z.string().optional() })).optional() }).optional(),
})

/** Nothing of the sign-in: the app asks for that itself. What an iPhone shows, Google and Apple can read. */
function contentOf({ to, text, notAfter }: OutgoingMessage, now: Date): object {
  const lifeSeconds = Math.max(0, Math.floor((notAfter.getTime() - now.getTime()) / secondMs))
  const topic = sha256(to).toString('base64url').slice(0, 32)
  return {
    data: { type: 'gatehouse.push_request', until: notAfter.toISOString() },
    android: { priority: 'HIGH', ttl: `${lifeSeconds}s`, collapse_key: topic },
    apns: {
      headers: {
        'apns-priority': '10',
        'apns-push-type': 'alert',
        'apns-expiration': String(Math.floor(notAfter.getTime() / secondMs)),
        'apns-collapse-id': topic,
      },
      payload: { aps: { alert: { body: text }, sound: 'default', 'mutable-content': 1 } },
    },
  }
}

/** A token that is about to end is not used any more. */
const marginMs = minuteMs
const scope = 'https://www.googleapis.com/auth/firebase.messaging'

const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

/** Tokens for the account, by a signed statement of who it is (RFC 7523). One is used until shortly before its end. */
function accessTokens(account: ServiceAccount, line: OutgoingLine, now: World['now']) {
  const key = createPrivateKey(account.private_key)
  let held: { readonly token: string; readonly until: number } | undefined
  let asking: Promise<string | undefined> | undefined

  async function ask(signal: AbortSignal): Promise<string | undefined> {
    const at = now().getTime()
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: statementOf(account, key, at),
    }).toString()
    const { status, text } = await line.post({ url: account.token_uri, headers: formType, body }, signal)
    const answer = status === 200 ? TokenAnswer.safeParse(readJson(text)).data : undefined
    if (!answer) return undefined
    held = { token: answer.access_token, until: at + answer.expires_in * secondMs - marginMs }
    return held.token
  }

  return {
    /** Undefined when none is given to us. */
    async get(signal: AbortSignal): Promise<string | undefined> {
      if (held && held.until > now().getTime()) return held.token
      asking ??= ask(signal).finally(() => {
        asking = undefined
      })
      return asking
    },
    /** It was not taken. A newer one stays. */
    forget(token: string): void {
      if (held?.token === token) held = undefined
    },
  }
}

function statementOf(account: ServiceAccount, key: ReturnType<typeof createPrivateKey>, at: number): string {
  const seconds = Math.floor(at / secondMs)
  const head = { alg: 'RS256', typ: 'JWT', ...(account.private_key_id && { kid: account.private_key_id }) }
  const claims = {
    iss: account.client_email,
    scope,
    aud: account.token_uri,
    iat: seconds,
    exp: seconds + hourMs / secondMs,
  }
  const signed = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}
