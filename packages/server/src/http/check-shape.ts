import { Fault } from '../kernel/fault.ts'
import type { Call } from './call.ts'

/**
 * Refuses what no honest client sends: compressed bodies (the signature covers bytes as received), and a body
 * where none is read, which no signature would cover.
 */
export function checkShape(call: Call): void {
  const { headers, operation } = call
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Fault('unsupported_media_type', { detail: 'Content-Encoding is not supported.' })
  }
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
  if (operation.method === 'GET' && hasBody) throw new Fault('invalid_request', { detail: 'A GET has no body.' })
}
