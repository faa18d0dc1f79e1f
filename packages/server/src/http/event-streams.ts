import { once } from 'node:events'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Context, settle } from '../context.ts'
import { commonHeaders } from './answer.ts'
import type { House } from './call.ts'

/** Events that go to whoever asked, from a source that is told when nobody listens any more. */
type Stream = (
  ctx: Context,
  open: (signal: AbortSignal) => AsyncGenerator<{ readonly position: string }>,
  reply: FastifyReply,
) => Promise<FastifyReply>

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
  http.addHook('preClose', async () => {
    for (const each of open) each.abort()
  })

  return async (ctx, openSource, reply) => {
    const ending = new AbortController()
    const source = openSource(ending.signal)
    let next = await source.next()
    await settle(ctx)
    const { raw } = reply.hijack()
    raw.on('close', () => ending.abort())
    open.add(ending)
    try {
      const common = commonHeaders(reply.request.origin, house.entrance)
      // The connection ends with the stream: a server that closes would wait for one that is kept.
      const always = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', connection: 'close' }
      raw.writeHead(200, { ...common, ...headersOf(reply), ...always })
      for (; !next.done && !ending.signal.aborted; next = await source.next()) {
        const { position } = next.value
        if (raw.write(`id: ${position}\ndata: ${JSON.stringify(next.value)}\n\n`)) continue
        await once(raw, 'drain', { signal: AbortSignal.any([ending.signal, AbortSignal.timeout(patienceMs)]) })
      }
      // A server that closes does not wait for whoever has not taken what they were sent.
      if (ending.signal.aborted && raw.writableLength > 0) raw.destroy()
      else raw.end()
    } catch (error) {
      if (!ending.signal.aborted && !isTimeout(error)) house.reportFailure(error, ctx.requestId ?? '')
      raw.destroy()
    } finally {
      open.delete(ending)
      ending.abort()
      await source.return(undefined)
    }
    return reply
  }
}

function headersOf(reply: FastifyReply): Record<string, string> {
  const { call } = reply.request
  const set = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)])
  return { ...Object.fromEntries(set), ...(call && { 'x-request-id': call.requestId }), ...call?.answerHeaders }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutError'
}
