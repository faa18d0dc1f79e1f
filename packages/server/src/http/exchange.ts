import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { Call } from './call.ts'
import type { Entrance, Origin } from './entrance.ts'

/** One request and its answer, whatever it asks for. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly origin: Origin
  /** When it came, by `elapsedOf`. */
  readonly beganMs: number
  readonly reception: Reception
  readonly connection: Connection
  /** What it asks for; undefined for what is no operation. */
  call: Call | undefined
  refusedBy: ProblemCode | undefined
  /** The connection ends with the answer. */
  isLast: boolean
  /** Its answer was handed to the connection in one piece, of which Node's response knows nothing. */
  isWritten: boolean
}

/** What the exchanges on one connection have in common. */
export interface Connection {
  /** The newest one. It may be undefined once it is over, so that nothing of it is kept as long as the connection. */
  newest: Exchange | undefined
  /** Nothing more is answered here. Node hands over what stands behind a request before the connection can be closed. */
  hasEnded: boolean
}

/** What all exchanges of a server have in common. */
export interface Reception {
  readonly entrance: Entrance
  /** When the server closes, each answer ends its connection: a client would keep it, and the server would wait for that. */
  isClosing: boolean
  /** A time as answers say it (RFC 9110, section 5.6.7). */
  readonly writeDate: (time: Date) => string
  /** An answer is in the hands of the operating system. Undefined where nobody watches. */
  hasLeft: ((exchange: Exchange, status: number) => void) | undefined
}

/** The answer is the last thing on its connection: what is left of the request, and what stands behind it, is not read. */
export function endConnection(exchange: Exchange): void {
  exchange.isLast = true
  exchange.connection.hasEnded = true
}

/** Lets go of an exchange whose answer is in the hands of the operating system. */
export function forgetOnceOver({ request, connection }: Exchange): void {
  const { newest } = connection
  if (newest?.request === request && request.complete && request.socket.writableLength === 0) {
    connection.newest = undefined
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of what is no operation. */
    exchange: Exchange
  }
}
