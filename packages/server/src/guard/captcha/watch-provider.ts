import { secondMs } from '../../kernel/durations.ts'
import type { ProviderLine } from './ask-provider.ts'
import { type Demands, readVerdict, type Verdict } from './read-verdict.ts'

/** A provider, and whether it can be relied on at the moment. */
export interface WatchedProvider {
  verify(token: string, now: Date): Promise<Verdict>
  /** Asks once more when nothing has been heard for a while. */
  isUp(now: Date): Promise<boolean>
}

/** So long a provider that failed is left alone: people are not kept waiting for it one by one. */
const restMs = 10 * secondMs
/** So long one that answered is believed to be there. */
const trustMs = 60 * secondMs

/**
 * Keeps an eye on a provider. While it is down its widget yields no tokens either, so that no failing token would ever
 * tell us: before somebody is sent to it, it must have answered lately.
 */
export function watchProvider(
  line: ProviderLine,
  minScore: number,
  reportFailure: (error: unknown) => void,
): WatchedProvider {
  const { provider, hostnames } = line.account
  const demands: Demands = { provider, hostnames, minScore }
  let heard: { readonly isUp: boolean; readonly at: number } | undefined

  async function verify(token: string, now: Date): Promise<Verdict> {
    if (isResting(now)) return { outcome: 'unavailable', reason: 'resting' }
    const verdict = await line.ask(token).then(
      (answer) => readVerdict(answer, demands, now),
      (error: unknown) => ({ outcome: 'unavailable', reason: nameOf(error) }) as const,
    )
    const isUp = verdict.outcome !== 'unavailable'
    if (!isUp && heard?.isUp !== false) {
      reportFailure(
        new Error(`The captcha provider ${provider} is of no use (${verdict.reason}); proof of work stands in`),
      )
    }
    heard = { isUp, at: now.getTime() }
    return verdict
  }

  function isResting(now: Date): boolean {
    return heard?.isUp === false && now.getTime() < heard.at + restMs
  }

  return {
    verify,
    async isUp(now) {
      const isFresh = heard?.isUp === true && now.getTime() < heard.at + trustMs
      return isFresh || (await verify('gatehouse-asks-whether-you-are-there', now)).outcome !== 'unavailable'
    },
  }
}

/** The kind of a failure, never its text: that may name what was sent. */
function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  return String(code ?? name).slice(0, 64)
}
