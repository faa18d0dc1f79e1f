import { Agent, request } from 'undici'
import type { ProviderRequest } from './sms-adapter.ts'

/** What came back: a status and at most as many bytes as a sensible answer has. */
export interface ProviderReply {
  readonly status: number
  readonly text: string
}

export interface ProviderLine {
  /** @throws whatever the network throws, within the time limit */
  post(request: ProviderRequest, signal: AbortSignal): Promise<ProviderReply>
  close(): void
}

const largestAnswer = 65_536

/** A line to providers. Redirects are not followed: the message goes to the address that the operator named, and no other. */
export function openProviderLine(longestMs: number): ProviderLine {
  const agent = new Agent({
    connections: 16,
    connectTimeout: longestMs,
    headersTimeout: longestMs,
    bodyTimeout: longestMs,
    maxResponseSize: largestAnswer,
  })
  return {
    async post({ url, headers, body }, signal) {
      const answer = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...headers },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    },
    close: () => void agent.destroy(),
  }
}
