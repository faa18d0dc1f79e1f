import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail as it came in over SMTP. */
export interface ReceivedMail {
  readonly from: string | undefined
  readonly to: readonly string[]
  readonly isSecure: boolean
  readonly user: unknown
  readonly raw: string
  readonly mail: Email
}

/** A mail server that keeps what it is given, read by a second library. */
export interface TestMailServer {
  readonly port: number
  readonly received: ReceivedMail[]
}

/** Starts one that ends with the test. */
export async function startMailServer(t: TestContext, options: SMTPServerOptions = {}): Promise<TestMailServer> {
  const received: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    ...options,
    onData(stream, session, done) {
      buffer(stream)
        .then(async (bytes) => {
          const { mailFrom, rcptTo } = session.envelope
          received.push({
            from: mailFrom ? mailFrom.address : undefined,
            to: rcptTo.map(({ address }) => address),
            isSecure: session.secure,
            user: session.user,
            raw: bytes.toString('utf8'),
            mail: await PostalMime.parse(bytes),
          })
          done()
        })
        .catch(done)
    },
  })
  // A client that breaks off is no failure of the server.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { port: (server.server.address() as AddressInfo).port, received }
}
