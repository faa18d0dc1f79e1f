import type { DeliveryAttempt } from '@gatehouse/contract/webhook-events'
import type { StrangerReply } from '../outgoing/stranger-line.ts'

type Failure = NonNullable<DeliveryAttempt['failure']>

/** Why an answer is no success; undefined if it is one. Only 2xx is. */
export function judgeReply({ status }: Pick<StrangerReply, 'status'>): Failure | undefined {
  if (status >= 200 && status < 300) return undefined
  return status >= 300 && status < 400 ? 'redirect' : 'status'
}

const failureOfCode: Readonly<Record<string, Failure>> = {
  ENOTPUBLIC: 'address_not_allowed',
  ENOTFOUND: 'name_not_found',
  ENODATA: 'name_not_found',
  ENONAME: 'name_not_found',
  EBADNAME: 'name_not_found',
  ESERVFAIL: 'name_not_found',
  ETIMEOUT: 'timeout',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EPIPE: 'unreachable',
  UND_ERR_SOCKET: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'bad_answer',
}

/** Why there was no answer. */
export function judgeError(error: unknown): Failure {
  const { name, code = '', errors } = error as { name?: string; code?: string; errors?: readonly unknown[] }
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout'
  // Several addresses, tried one after the other.
  if (errors?.[0] !== undefined) return judgeError(errors[0])
  if (/^HPE_/.test(code)) return 'bad_answer'
  if (/CERT|^ERR_(TLS|SSL)|SELF_SIGNED|UNABLE_TO|^EPROTO$/.test(code)) return 'tls'
  return failureOfCode[code] ?? 'error'
}
