import { constants } from 'node:crypto'
import type { RequestListener, Server, ServerOptions } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'

/** A certificate with those that vouch for it, and its private key, as PEM text. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

export interface TlsDoorOptions {
  readonly pair: TlsPair
  readonly minVersion: 'TLSv1.3' | 'TLSv1.2'
  /** How long a caller may take to begin, and again to agree on keys. */
  readonly waitMs: number
}

/** Lets callers in over TLS. */
export interface TlsDoor {
  /** A server that is not listening yet. What does not begin with TLS it serves as plain HTTP, so that it can be answered. */
  makeServer(bounds: ServerOptions, listener: RequestListener): Server
  /** Shows this certificate to those who connect from now on. Connections that are open go on. */
  change(pair: TlsPair): void
  /** Sends away those who have connected and said nothing yet. */
  dismissSilent(): void
}

/** The suites of TLS 1.3, and those of 1.2 that keep yesterday's traffic secret when a key is lost (RFC 9325, section 4.2). */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** The first byte of every TLS connection (RFC 8446, section 5.1), and of no HTTP request. */
const handshakeRecord = 0x16

/** Opens the way in over TLS. @throws Error when certificate and key do not fit */
export function openTlsDoor({ pair, minVersion, waitMs }: TlsDoorOptions): TlsDoor {
  const servers = new Set<ReturnType<typeof createServer>>()
  const silent = new Set<Socket>()
  let options = secureOptions(pair, minVersion)
  return {
    makeServer(bounds, listener) {
      const server = createServer({ ...bounds, ...options, handshakeTimeout: waitMs }, listener)
      // A handshake that failed has had its answer, the alert. Node would hand it on as a broken request.
      server.removeAllListeners('tlsClientError')
      server.on('tlsClientError', (_error, socket) => void socket.destroy())
      admitPlain(server, silent, waitMs)
      servers.add(server)
      server.once('close', () => servers.delete(server))
      return server
    },
    change(next) {
      options = secureOptions(next, minVersion)
      for (const server of servers) server.setSecureContext(options)
    },
    dismissSilent() {
      for (const socket of silent) socket.destroy()
    },
  }
}

function secureOptions({ cert, key }: TlsPair, minVersion: TlsDoorOptions['minVersion']): SecureContextOptions {
  return {
    cert,
    key,
    ciphers,
    minVersion,
    honorCipherOrder: true,
    // Of TLS 1.2 a ticket would undo forward secrecy, as one key opens the tickets of all (RFC 9325, section 3.4).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (minVersion === 'TLSv1.2' ? constants.SSL_OP_NO_TICKET : 0),
  }
}

/**
 * Puts a look at the first byte before the handshake. Once for each connection, and nothing is in its way afterwards:
 * the byte is put back, and the connection handed on as Node itself would have done.
 */
function admitPlain(server: ReturnType<typeof createServer>, silent: Set<Socket>, waitMs: number): void {
  const [startTls] = server.listeners('connection')
  if (!startTls) throw new Error('This Node.js takes TLS connections in another way than we know.')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const leave = () => socket.destroy()
    const look = () => {
      const bytes: Buffer | null = socket.read()
      if (!bytes) return
      silent.delete(socket)
      socket.setTimeout(0).off('timeout', leave).off('error', leave).off('close', forget).off('readable', look)
      socket.unshift(bytes)
      if (bytes[0] === handshakeRecord) startTls.call(server, socket)
      // The event by which Node's own server takes over a connection when its handshake is done: the limits of size and
      // time that hold over TLS hold here too.
      else server.emit('secureConnection', socket)
    }
    const forget = () => void silent.delete(socket)
    silent.add(socket)
    socket.setTimeout(waitMs).on('timeout', leave).on('error', leave).on('close', forget).on('readable', look)
  })
}
