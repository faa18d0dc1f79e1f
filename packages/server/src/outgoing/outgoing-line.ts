import { Agent, request } from 'undici'

/** A POST, ready to be sent. */
export interface OutgoingRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came back: a status and at most as many bytes as a sensible answer has. */
export interface OutgoingReply {
  readonly status: number
  readonly text: string
}

/** A line to services that the operator has named. */
export interface OutgoingLine {
  /** @throws whatever the network throws, within the time limit */
  post(request: OutgoingRequest, signal?: AbortSignal): Promise<OutgoingReply>
  close(): Promise<void>
}

/**
 * Opens a line; nothing is sent yet. `longestMs` is for all of a request, from the connection to the last byte. Redirects
 * are not followed: what is sent goes to the address that was named, and no other.
 */
export function openOutgoingLine({
  longestMs,
  largestAnswer,
}: {
  readonly longestMs: number
  readonly largestAnswer: number
}): OutgoingLine {
  const agent = new Agent({
    connections: 16,
    connectTimeout: longestMs,
    headersTimeout: longestMs,
    bodyTimeout: longestMs,
    maxResponseSize: largestAnswer,
  })
  return {
    async post({ url, headers, body }, signal) {
      const limit = AbortSignal.timeout(longestMs)
      const answer = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...headers },
        body,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    },
    close: () => agent.destroy(),
  }
}
