import type { IncomingHttpHeaders } from 'node:http'
import { Fault } from '../kernel/fault.ts'

/** A request as Node hands it over, of which two readers could think differently. */
interface WireRequest {
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn, each time that they came. */
  readonly rawHeaders: readonly string[]
}

/** Many times what proxies and clients send together. */
const mostFields = 500

/**
 * What is wrong with a request that Node's parser lets through: a proxy in front of us may have read another host or
 * path out of it (RFC 9112, sections 3.2 and 11.2). Nothing that came with it on its connection is to be believed.
 */
export function findWireFault({ url = '', httpVersion, headers, rawHeaders }: WireRequest): Fault | undefined {
  // Node drops what comes after the 2,000th field without a word, and how many fit into its bound depends on its version.
  if (rawHeaders.length > 2 * mostFields) return new Fault('headers_too_large')
  const hosts = countHosts(rawHeaders)
  // HTTP/1.0 knows no Host, and simple health checks speak it.
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) return invalid('A request names its host once.')
  if (!url.startsWith('/')) return invalid('The request line has to name a path that begins with /.')
  if (headers['x-http-method-override'] !== undefined || headers['x-method-override'] !== undefined) {
    return invalid('The method of a request cannot be overridden; use the method itself.')
  }
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return new Fault('expectation_failed')
  }
  // Node reads chunks whatever else is named, and nobody undoes the rest (RFC 9112, section 6.1).
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return invalid('The one transfer coding that is read is chunked.')
  }
  return undefined
}

function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts
}

function invalid(detail: string): Fault {
  return new Fault('invalid_request', { detail })
}
