import { pipeline, Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { commonHeaders } from './answer.ts'
import type { House } from './call.ts'
import type { Exchange } from './exchange.ts'

/** An answer that is too long for a document: text in parts, made as fast as they are taken. */
export interface Flow {
  readonly mediaType: string
  /** What it is called on a disk. */
  readonly fileName: string
  readonly parts: AsyncGenerator<string>
}

type SendFlow = (exchange: Exchange, status: number, headers: Readonly<Record<string, string>>, flow: Flow) => void

/**
 * Answers by flows. Only one part waits for a slow reader. One that is cut short, by a failure or because the server closes, is seen to
 * be: its last chunk is missing.
 */
export function flows(http: FastifyInstance, house: House): SendFlow {
  const open = new Set<Readable>()
  const closing = new Error('the server closes')
  http.addHook('preClose', async () => {
    for (const each of open) each.destroy(closing)
  })
  return ({ call, request, response, origin, reception, isLast }, status, headers, { mediaType, fileName, parts }) => {
    // Whoever asked has hung up meanwhile. Nothing has begun that would have to be ended.
    if (request.socket.destroyed) return
    const readable = Readable.from(parts, { highWaterMark: 1 })
    open.add(readable)
    response.writeHead(status, {
      ...commonHeaders(origin, reception.entrance),
      ...headers,
      'content-type': mediaType,
      'content-disposition': `attachment; filename="${fileName}"`,
      ...((reception.isClosing || isLast) && { connection: 'close' }),
    })
    // A response that waits for its turn on a connection which asks for a tunnel never hears of its end.
    const leave = () => void readable.destroy(closing)
    request.socket.once('close', leave)
    pipeline(readable, response, (error) => {
      request.socket.off('close', leave)
      open.delete(readable)
      // Whoever has enough of it hangs up.
      if (!error || error === closing || error.code === 'ERR_STREAM_PREMATURE_CLOSE') return
      house.reportFailure(error, call?.requestId ?? '')
    })
  }
}
