import { Email } from '@gatehouse/contract/fields'
import { createTransport, type DKIMOptions, type NodemailerError } from 'nodemailer'
import { secondMs } from '../../kernel/durations.ts'
import type { Channel, Delivery, DeliveryFailure } from '../channel.ts'

/** A mail server that takes our mail, and in whose name it goes out. */
export interface SmtpSettings {
  readonly host: string
  readonly port: number
  /**
   * `implicit`: TLS from the first byte (RFC 8314). `required`: STARTTLS, or nothing is sent. `off`: in the clear, for a
   * mail server on the same machine.
   */
  readonly tls: 'implicit' | 'required' | 'off'
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly from: { readonly name: string; readonly address: string }
  readonly dkim?: { readonly domain: string; readonly selector: string; readonly privateKey: string } | undefined
  /** Certificates to trust, in PEM form; those that the machine trusts unless given. */
  readonly ca?: string | undefined
}

const waitMs = 10 * secondMs

function transportOf({ host, port, tls, user, password, dkim, ca }: SmtpSettings) {
  const signature: DKIMOptions | undefined = dkim && {
    domainName: dkim.domain,
    keySelector: dkim.selector,
    privateKey: dkim.privateKey,
  }
  return createTransport({
    pool: true,
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
    dnsTimeout: waitMs,
    // The outbox tries again, and knows when a message is of no use any more.
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(signature && { dkim: signature }),
  })
}

/** Goes as far as a mail server lets us in, and sends nothing. Undefined when it does, else what was in the way. */
export async function askMailServer(settings: SmtpSettings): Promise<DeliveryFailure | undefined> {
  const transport = transportOf(settings)
  try {
    await transport.verify()
    return undefined
  } catch (error) {
    return reasonOfCode[(error as NodemailerError).code ?? ''] ?? 'unreachable'
  } finally {
    transport.close({ force: true })
  }
}

/** Mail by SMTP. Each message has one recipient, whatever the address looks like. */
export function smtpChannel(settings: SmtpSettings): Channel {
  const { from } = settings
  const transport = transportOf(settings)
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return {
    async deliver({ id, to, subject, text, html }, signal): Promise<Delivery> {
      if (!Email.safeParse(to).success) return { taken: false, reason: 'recipient_refused', isFinal: true }
      try {
        await transport.sendMail({
          from: { ...from },
          to: { name: '', address: to },
          envelope: { from: from.address, to: [to] },
          // One id for all attempts: a mailbox that gets two shows one.
          messageId: `<${id}@${domain}>`,
          subject,
          text,
          html,
          // Nobody's holiday is to answer this (RFC 3834, section 5).
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          signal,
        })
        return { taken: true }
      } catch (error) {
        return judgeFailure(error as NodemailerError)
      }
    },
    close: () => transport.close({ force: true }),
  }
}

const reasonOfCode: Readonly<Record<string, DeliveryFailure>> = {
  EABORT: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNECTION: 'unreachable',
  ESOCKET: 'unreachable',
  EDNS: 'unreachable',
  ETLS: 'unreachable',
  EAUTH: 'not_authorised',
  ENOAUTH: 'not_authorised',
}

/** Only what is wrong with this recipient or this message is final: the rest an operator can put right. */
function judgeFailure({ code = '', command = '', responseCode, permanent }: NodemailerError): Delivery {
  const known = reasonOfCode[code]
  if (known) return { taken: false, reason: known, isFinal: false }
  if (responseCode !== undefined && !permanent) return { taken: false, reason: 'busy', isFinal: false }
  if (code === 'EENVELOPE' && command.startsWith('MAIL')) {
    return { taken: false, reason: 'not_authorised', isFinal: false }
  }
  if (code === 'EENVELOPE') return { taken: false, reason: 'recipient_refused', isFinal: true }
  if (code === 'EMESSAGE') return { taken: false, reason: 'message_refused', isFinal: true }
  return { taken: false, reason: 'bad_answer', isFinal: false }
}
