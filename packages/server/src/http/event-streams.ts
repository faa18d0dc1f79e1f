import { once } from 'node:events'
import type { FastifyInstance } from 'fastify'
import { type Context, settle } from '../context.ts'
import { commonHeaders } from './answer.ts'
import type { House } from './call.ts'
import type { Exchange } from './exchange.ts'

/** Events that go to whoever asked, from a source that is told when nobody listens any more. */
type Stream = (
  ctx: Context,
  open: (signal: AbortSignal) => AsyncGenerator<{ readonly position: string }>,
  exchange: Exchange,
) => Promise<void>

interface Options {
  /** Who takes nothing for this long is gone. */
  readonly patienceMs?: number
}

/**
 * Answers by server-sent events (WHATWG HTML, section 9.2); the id of each is the position to go on from. What fails before
 * the first is an ordinary refusal. When the server closes, streams end.
 */
export function eventStreams(http: FastifyInstance, house: House, { patienceMs = 10_000 }: Options = {}): Stream {
  const open = new Set<AbortController>()
  let isClosing = false
  http.addHook('preClose', async () => {
    isClosing = true
    for (const each of open) each.abort()
  })

  return async (ctx, openSource, { call, request, response, origin }) => {
    const ending = new AbortController()
    const source = openSource(ending.signal)
    let next = await source.next()
    await settle(ctx)
    request.socket.once('close', () => ending.abort())
    // Both may have happened while the first event was awaited, before anybody listened.
    if (isClosing || request.socket.destroyed) ending.abort()
    open.add(ending)
    try {
      const known = { ...commonHeaders(origin, house.entrance), ...(call && { 'x-request-id': call.requestId }) }
      // The connection ends with the stream: a server that closes would wait for one that is kept.
      const always = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', connection: 'close' }
      response.writeHead(200, { ...known, ...call?.answerHeaders, ...always })
      for (; !next.done && !ending.signal.aborted; next = await source.next()) {
        const { position } = next.value
        if (response.write(`id: ${position}\ndata: ${JSON.stringify(next.value)}\n\n`)) continue
        await once(response, 'drain', { signal: AbortSignal.any([ending.signal, AbortSignal.timeout(patienceMs)]) })
      }
      // A server that closes does not wait for whoever has not taken what they were sent.
      if (ending.signal.aborted && response.writableLength > 0) response.destroy()
      else response.end()
    } catch (error) {
      if (!ending.signal.aborted && !isTimeout(error)) house.reportFailure(error, ctx.requestId ?? '')
      response.destroy()
    } finally {
      open.delete(ending)
      ending.abort()
      await source.return(undefined)
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutError'
}
