import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from './exchange.ts'

/** An exchange as a server in development begins it, for tests of a part of its way. */
export function testExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  return {
    request,
    response,
    origin: { proxy: undefined, address: '127.0.0.1', isSecure: false },
    beganMs: 0,
    reception: {
      entrance: { isTrustedProxy: undefined, forwardedHeader: 'x-forwarded-for', demandsTls: false },
      isClosing: false,
      writeDate: (time) => time.toUTCString(),
      hasLeft: undefined,
    },
    connection: { newest: undefined, hasEnded: false },
    call: undefined,
    refusedBy: undefined,
    isLast: false,
    isWritten: false,
  }
}
