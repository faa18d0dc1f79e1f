import { randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { gatherFacts } from '@gatehouse/server/checkup/gather-facts'
import type { Config } from '@gatehouse/server/config'
import { askMailServer } from '@gatehouse/server/messages/mail/smtp-channel'
import { findExposure } from '@gatehouse/server/open-entrance'
import { operatorContext } from '@gatehouse/server/operator-context'
import { findKeyRisk } from '@gatehouse/server/tls-files'
import { Command } from 'commander'
import { print } from '../print.ts'
import { readConfig } from '../read-config.ts'
import { withData } from '../with-data.ts'
import { askTime } from './ask-time.ts'
import { type Finding, judgeCertificate, judgeClock, judgeFacts, judgeKeyFile, judgeSettings } from './findings.ts'

interface Flags {
  readonly ntp: string
  readonly json?: boolean
}

const marks = { ok: ' ok ', warning: ' !  ', error: ' XX ' } as const

/** `gatehouse doctor`: looks at everything that goes wrong quietly. Exit code 1 when something is an error. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at clock, certificate, settings, secrets, data and mail, and say what to do')
    .option('--ntp <host>', 'who is asked for the time, host or host:port; none asks nobody', 'pool.ntp.org')
    .option('--json', 'print one JSON object')
    .action(async ({ ntp, json }: Flags) => {
      const config = readConfig()
      const findings = [
        ...(ntp === 'none' ? [] : [await checkClock(ntp)]),
        ...(await checkCertificate(config)),
        ...judgeSettings(config, findExposure(config, 'production')),
        ...(await checkData()),
        ...(await checkMail(config)),
      ]
      const healthy = findings.every(({ state }) => state !== 'error')
      print({ json }, { healthy, findings }, findings.map(describe).join('\n'))
      if (!healthy) process.exitCode = 1
    })
}

function describe({ about, state, text, fix }: Finding): string {
  return `${marks[state]}${about.padEnd(15)} ${text}${fix === undefined ? '' : `\n${' '.repeat(20)}${fix}`}`
}

const ntpPort = 123
const patienceMs = 3000

async function checkClock(server: string): Promise<Finding> {
  const [, host = server, port = ntpPort] = /^(.*?)(?::(\d+))?$/.exec(server) ?? []
  const asked = { host, port: Number(port), timeoutMs: patienceMs, nonce: randomBytes(8) }
  const offset = await askTime(asked).catch((error: unknown) => asError(error))
  return judgeClock(offset, server)
}

/** Of the server itself, or of the proxy in front of it. */
async function checkCertificate({ tls, publicUrl }: Config): Promise<readonly Finding[]> {
  const now = new Date()
  if (tls) {
    const validTo = new Date(new X509Certificate(readFileSync(tls.certFile)).validTo)
    return [judgeCertificate(validTo, now), ...judgeKeyFile(await findKeyRisk(tls))]
  }
  if (!publicUrl?.startsWith('https:')) return []
  const seen = await seeCertificate(new URL(publicUrl)).catch((error: unknown) => asError(error))
  return [judgeCertificate(seen, now)]
}

function seeCertificate({ hostname, port }: URL): Promise<Date> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    // One that has ended is to be seen, too.
    const socket = connect({
      host,
      port: Number(port || 443),
      servername: host,
      rejectUnauthorized: false,
      timeout: patienceMs,
    })
    const fail = (why: string) => {
      socket.destroy()
      reject(new Error(`${host} did not show its certificate (${why})`))
    }
    socket.on('error', ({ message }) => fail(message))
    socket.on('timeout', () => fail('no answer'))
    socket.on('secureConnect', () => {
      const { valid_to } = socket.getPeerCertificate()
      const { authorizationError } = socket
      if (authorizationError && authorizationError.message !== 'certificate has expired')
        return fail(authorizationError.message)
      socket.destroy()
      return resolve(new Date(valid_to))
    })
  })
}

async function checkData(): Promise<readonly Finding[]> {
  const found: Finding[] = []
  try {
    await withData(async (parts) => {
      const { engine } = parts.storage
      const isReady = await parts.storage.isReady()
      const text = isReady ? `${engine}, takes writes` : `${engine} takes no writes`
      const fix = 'Look at the disk, its space and its rights; /readyz of the server says when it is well again.'
      found.push(isReady ? { about: 'database', state: 'ok', text } : { about: 'database', state: 'error', text, fix })
      const ctx = operatorContext(parts)
      found.push(...judgeFacts(await gatherFacts(ctx, parts.policy), ctx.now, parts.policy))
    })
  } catch (error) {
    found.push({ about: 'database', state: 'error', text: 'it does not open', fix: asError(error).message })
  }
  return found
}

async function checkMail({ mail }: Config): Promise<readonly Finding[]> {
  const about = 'mail'
  if (!mail) {
    const fix = 'Set GATEHOUSE_SMTP_URL: without it nobody gets codes, notices or links to a new password.'
    return [{ about, state: 'warning', text: 'none is sent', fix }]
  }
  const refusal = await askMailServer(mail)
  if (refusal === undefined) return [{ about, state: 'ok', text: `${mail.host} takes our mail` }]
  const fix = 'Check GATEHOUSE_SMTP_URL, its user and its password.'
  return [{ about, state: 'error', text: `${mail.host} does not let us in (${refusal})`, fix }]
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
