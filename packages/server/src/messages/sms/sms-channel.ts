import { secondMs } from '../../kernel/durations.ts'
import type { World } from '../../kernel/moment.ts'
import { openOutgoingLine } from '../../outgoing/outgoing-line.ts'
import type { Channel, Delivery } from '../channel.ts'
import { failed, judgeError } from '../judge-answer.ts'
import { plainHttp } from './plain-http.ts'
import { isServed } from './served-number.ts'
import type { ShortMessage, SmsAdapter } from './sms-adapter.ts'
import type { SmsAccount } from './sms-settings.ts'
import { sns } from './sns.ts'
import { twilio } from './twilio.ts'
import { vonage } from './vonage.ts'

export interface SmsSettings {
  readonly accounts: readonly SmsAccount[]
  /** ISO 3166, or `any`. */
  readonly countries: readonly string[]
}

/** How long one provider may take; in the time of an attempt there is room for a second one. */
const usualLongestMs = 8 * secondMs
const largestAnswer = 65_536

/** SMS by the first provider that takes the message. Who took the last one is asked first. */
export function smsChannel(
  { accounts, countries }: SmsSettings,
  { now }: Pick<World, 'now'>,
  longestMs = usualLongestMs,
): Channel {
  const line = openOutgoingLine({ longestMs, largestAnswer })
  let adapters = accounts.map(adapterOf)

  async function ask(adapter: SmsAdapter, message: ShortMessage, signal: AbortSignal): Promise<Delivery> {
    try {
      const { status, text } = await line.post(await adapter.write(message), signal)
      return adapter.judge(status, text)
    } catch (error) {
      return failed(judgeError(error))
    }
  }

  return {
    async deliver({ id, to, text, notAfter }, signal) {
      if (!(await isServed(to, countries))) return failed('recipient_refused')
      const failures: Delivery[] = []
      for (const adapter of adapters) {
        const at = now()
        const lifeSeconds = Math.floor((notAfter.getTime() - at.getTime()) / secondMs)
        if (signal.aborted || lifeSeconds <= 0) break
        const delivery = await ask(adapter, { id, to, text, lifeSeconds, at }, signal)
        if (delivery.taken) {
          adapters = [adapter, ...adapters.filter((other) => other !== adapter)]
          return delivery
        }
        failures.push(delivery)
      }
      // Of several, one that may take it later decides.
      return failures.find((failure) => !failure.taken && !failure.isFinal) ?? failures[0] ?? failed('timeout')
    },
    close: () => void line.close(),
  }
}

function adapterOf(account: SmsAccount): SmsAdapter {
  switch (account.provider) {
    case 'twilio':
      return twilio(account)
    case 'vonage':
      return vonage(account)
    case 'sns':
      return sns(account)
    case 'http':
      return plainHttp(account)
  }
}
