import { openOutgoingLine } from '../../outgoing/outgoing-line.ts'
import { type ProviderAnswer, type ProviderName, providers } from './read-verdict.ts'

/** What the operator has with a provider. */
export interface ProviderAccount {
  readonly provider: ProviderName
  readonly siteKey: string
  readonly secret: string
  /** Lower case. */
  readonly hostnames: readonly string[]
  /** Where to ask, other than the provider's own address. */
  readonly verifyUrl: string | undefined
}

/** A line to a provider. */
export interface ProviderLine {
  readonly account: ProviderAccount
  /**
   * Asks what this token is worth.
   * @throws whatever the network throws, within the time limit
   */
  ask(token: string): Promise<ProviderAnswer>
  close(): Promise<void>
}

const usualLongestMs = 3000
const largestAnswer = 16_384

/** Opens a line; nothing is sent yet. */
export function openProvider(account: ProviderAccount, longestMs = usualLongestMs): ProviderLine {
  const url = account.verifyUrl ?? providers[account.provider].verifyUrl
  const line = openOutgoingLine({ longestMs, largestAnswer })
  return {
    account,
    ask(token) {
      const form = new URLSearchParams({ secret: account.secret, response: token, sitekey: account.siteKey })
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
      return line.post({ url, headers, body: form.toString() })
    },
    close: line.close,
  }
}
