import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** An answer that is too long for a document: text in parts, made as fast as they are taken. */
export interface Flow {
  readonly mediaType: string
  /** What it is called on a disk. */
  readonly fileName: string
  readonly parts: AsyncGenerator<string>
}

/**
 * Answers by flows. Only one part waits for a slow reader. One that is cut short, by a failure or because the server closes, is seen to
 * be: its last chunk is missing.
 */
export function flows(http: FastifyInstance): (reply: FastifyReply, flow: Flow) => FastifyReply {
  const open = new Set<Readable>()
  http.addHook('preClose', async () => {
    for (const each of open) each.destroy(new Error('the server closes'))
  })
  return (reply, { mediaType, fileName, parts }) => {
    const readable = Readable.from(parts, { highWaterMark: 1 })
    open.add(readable)
    readable.on('close', () => open.delete(readable))
    return reply.type(mediaType).header('content-disposition', `attachment; filename="${fileName}"`).send(readable)
  }
}
