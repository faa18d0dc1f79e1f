import { Pool } from 'undici'
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

/** Opens a line; nothing is sent yet. Redirects are not followed: the secret goes to the one address that was named. */
export function openProvider(account: ProviderAccount, longestMs = usualLongestMs): ProviderLine {
  const url = new URL(account.verifyUrl ?? providers[account.provider].verifyUrl)
  const pool = new Pool(url.origin, {
    connections: 16,
    connectTimeout: longestMs,
    headersTimeout: longestMs,
    bodyTimeout: longestMs,
    maxResponseSize: largestAnswer,
  })
  return {
    account,
    async ask(token) {
      const form = new URLSearchParams({ secret: account.secret, response: token, sitekey: account.siteKey })
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form.toString(),
        signal: AbortSignal.timeout(longestMs),
      })
      return { status: statusCode, text: await body.text() }
    },
    close: () => pool.destroy(),
  }
}
