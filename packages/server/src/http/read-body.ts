import type { IncomingMessage } from 'node:http'
import { Fault } from '../kernel/fault.ts'
import { type Exchange, endConnection } from './exchange.ts'

const nothing = new Uint8Array()
const jsonForm = /^application\/json[ \t]*(?:;|$)/i

/**
 * The body of a request, byte for byte. Collected here: the ways of others around it take longer than the reading.
 * @throws Fault `unsupported_media_type` when something else than JSON comes, `payload_too_large`, or `invalid_request` when
 * it ends too early
 */
export function readBody(exchange: Exchange, limit: number): Uint8Array | Promise<Uint8Array> {
  const { request } = exchange
  const { headers } = request
  const length = headers['content-length']
  const type = headers['content-type']
  if (type === undefined) {
    if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) return nothing
    throw new Fault('unsupported_media_type')
  }
  if (!jsonForm.test(type)) throw new Fault('unsupported_media_type')
  // What is left of a body that is refused is not waited for: the connection ends with the answer.
  const refuse = (fault: Fault) => {
    endConnection(exchange)
    return fault
  }
  const announced = Number(length)
  if (announced > limit) throw refuse(new Fault('payload_too_large'))
  // What came with the head in one packet, as most bodies do, is there now: nothing has to be listened for.
  return Promise.resolve().then(() =>
    request.readableLength === announced ? (request.read() ?? nothing) : collect(request, limit, refuse),
  )
}

function collect(request: IncomingMessage, limit: number, refuse: (fault: Fault) => Fault): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let received = 0
    request.on('data', (chunk: Uint8Array) => {
      received += chunk.length
      if (received > limit) reject(refuse(new Fault('payload_too_large')))
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(Buffer.concat(chunks, received)))
    const breakOff = (cause?: Error | null) => reject(refuse(new Fault('invalid_request', { cause })))
    request.on('error', breakOff)
    // Whoever hung up while the head was judged has done so before anybody listened.
    if (request.destroyed) breakOff(request.errored)
  })
}
