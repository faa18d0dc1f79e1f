import { connect, type TLSSocket } from 'node:tls'

/** Where syslog goes to. */
export interface SyslogAddress {
  readonly host: string
  readonly port: number
  /** Certificates (PEM) that the server's must come from, in place of those that the machine trusts. */
  readonly ca: string | undefined
}

/** A line to a collector of syslog. */
export interface SyslogLine {
  /**
   * Hands messages over, in order, as far as the machine's own buffers: syslog knows no receipt.
   * @throws Error when they could not be; the next ones go by a new connection
   */
  send(messages: readonly string[]): Promise<void>
  close(): void
}

const patienceMs = 10_000

/** Opens a line by TLS (RFC 5425). Nothing is sent, and nobody connected to, before there is something to say. */
export function openSyslogLine({ host, port, ca }: SyslogAddress): SyslogLine {
  let current: TLSSocket | undefined

  function drop(socket: TLSSocket): void {
    socket.destroy()
    if (current === socket) current = undefined
  }

  function dial(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, servername: host, minVersion: 'TLSv1.2', ...(ca && { ca }) })
      const fail = (error: Error) => {
        drop(socket)
        reject(error)
      }
      socket.setTimeout(patienceMs, () => fail(new Error(`${host}:${port} does not answer`)))
      socket.once('error', fail)
      socket.once('secureConnect', () => {
        socket.setTimeout(0)
        socket.off('error', fail)
        // Whoever hangs up is not written to again.
        for (const end of ['error', 'end', 'close']) socket.on(end, () => drop(socket))
        socket.resume()
        current = socket
        resolve(socket)
      })
    })
  }

  return {
    async send(messages) {
      const socket = current ?? (await dial())
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          drop(socket)
          reject(new Error(`${host}:${port} takes nothing`))
        }, patienceMs)
        socket.write(Buffer.concat(messages.map(frame)), (error) => {
          clearTimeout(timer)
          if (!error) return resolve()
          drop(socket)
          reject(error)
        })
      })
    },
    close() {
      if (current) drop(current)
    },
  }
}

/** The length in bytes, a space, the message (section 4.3). */
function frame(message: string): Buffer {
  const bytes = Buffer.from(message)
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
}
