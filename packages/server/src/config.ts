import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Language } from '@gatehouse/contract/messages'
import type { Policy } from '@gatehouse/contract/policy'
import { z } from 'zod'
import type { PasskeySettings } from './factors/webauthn/passkey-site.ts'
import type { ProviderAccount } from './guard/captcha/ask-provider.ts'
import type { ForwardedHeader } from './http/forwarded.ts'
import type { TlsDoorOptions } from './http/tls-door.ts'
import { hostOf } from './kernel/address.ts'
import type { SyslogAddress } from './log/syslog/syslog-line.ts'
import { mailSettings } from './messages/mail/mail-settings.ts'
import type { SmtpSettings } from './messages/mail/smtp-channel.ts'
import type { FcmSettings } from './messages/push/fcm-settings.ts'
import type { SmsSettings } from './messages/sms/sms-channel.ts'
import type { CustomTemplates } from './messages/templates/custom-templates.ts'
import type { MetricsAddress } from './metrics/listen.ts'
import { settings } from './settings.ts'
import type { TlsFiles } from './tls-files.ts'

type Setting = keyof typeof settings
const schema = z.object(settings)

/** The settings in force. */
export interface Config {
  readonly host: string
  readonly port: number
  /** Without a slash at its end; undefined until the port is known. */
  readonly publicUrl: string | undefined
  /** TLS of our own. */
  readonly tls: (TlsFiles & Pick<TlsDoorOptions, 'minVersion'>) | undefined
  /** Sound entries of a list of addresses, none of them `any`. */
  readonly trustedProxies: readonly string[]
  readonly forwardedHeader: ForwardedHeader
  readonly databaseUrl: string | undefined
  readonly dataFolder: string
  readonly databaseFile: string
  readonly keyFolder: string
  readonly encryptDatabase: boolean
  /** Undefined for the countries that come with the server. */
  readonly placesFile: string | undefined
  readonly serviceName: string
  readonly loginCaptcha: Policy['loginCaptcha']
  /** Undefined for the built-in proof of work alone. */
  readonly captchaAccount: ProviderAccount | undefined
  readonly language: Language
  /** By the slug of the tenant. */
  readonly customTemplates: Readonly<Record<string, CustomTemplates>>
  readonly mail: SmtpSettings | undefined
  readonly sms: SmsSettings | undefined
  /** Undefined where nobody reads figures. */
  readonly metrics: MetricsAddress | undefined
  readonly syslog: SyslogAddress | undefined
  readonly witnessFile: string | undefined
  readonly witnessUrl: string | undefined
  readonly witnessServer: string | undefined
  /** Logs that this server is a witness of. */
  readonly witnessedLogs: readonly { readonly origin: string; readonly publicKey: Uint8Array }[]
  readonly adminMail: readonly string[]
  /** Hosts, origins, `any` or `none`. */
  readonly pushServices: readonly string[]
  readonly fcm: FcmSettings | undefined
  /** Sound entries of a list of addresses, none of them `any`. */
  readonly webhookNetworks: readonly string[]
  readonly webhookResolvers: readonly string[]
  readonly passkeys: PasskeySettings
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  /** One sentence for each thing that is wrong. */
  | { readonly ok: false; readonly errors: readonly string[] }

/**
 * The settings, from the environment. `X_FILE` names a file that holds the value of `X`. A name that begins with
 * GATEHOUSE_ and is not ours is an error: it is a typing mistake, or a promise that we would not keep.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ConfigResult {
  const errors: string[] = []
  const given: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('GATEHOUSE_') || value === undefined || forClients.has(name)) continue
    const fromFile = name.endsWith('_FILE') && !(name in settings)
    const setting = fromFile ? name.slice(0, -'_FILE'.length) : name
    if (!(setting in settings)) errors.push(`${name} is not a setting.${suggest(setting)}`)
    else if (fromFile && env[setting] !== undefined) errors.push(`${setting} and ${name} are both set; keep one.`)
    else {
      const text = fromFile ? readText(value) : value
      if (text === undefined) errors.push(`${name}: the file ${value} cannot be read.`)
      else given[setting] = text
    }
  }
  const parsed = schema.safeParse(given)
  for (const issue of parsed.error?.issues ?? []) {
    errors.push(`${String(issue.path[0])}: ${issue.message}. ${describe(issue.path[0] as Setting)}`)
  }
  const [certFile, keyFile] = [given['GATEHOUSE_TLS_CERT_FILE'], given['GATEHOUSE_TLS_KEY_FILE']]
  if ((certFile === undefined) !== (keyFile === undefined)) {
    errors.push('GATEHOUSE_TLS_CERT_FILE and GATEHOUSE_TLS_KEY_FILE belong together; set both or neither.')
  }
  const captchaAccount = parsed.success ? accountOf(parsed.data, errors) : undefined
  if ((given['GATEHOUSE_SMS'] === undefined) !== (given['GATEHOUSE_SMS_COUNTRIES'] === undefined)) {
    errors.push('GATEHOUSE_SMS and GATEHOUSE_SMS_COUNTRIES belong together; set both or neither.')
  }
  const mail = parsed.success ? mailSettings(parsed.data, errors) : undefined
  const passkeyProblem = parsed.success && findPasskeyProblem(parsed.data)
  if (passkeyProblem) errors.push(passkeyProblem)
  if (!parsed.success || errors.length > 0) return { ok: false, errors }
  const { data } = parsed
  const { GATEHOUSE_SMS: accounts, GATEHOUSE_SMS_COUNTRIES: countries } = data
  const minVersion = `TLSv${data.GATEHOUSE_TLS_MIN_VERSION}` as const
  const dataFolder = resolve(data.GATEHOUSE_DATA_DIR)
  return {
    ok: true,
    config: Object.freeze({
      host: data.GATEHOUSE_HOST,
      port: data.GATEHOUSE_PORT,
      publicUrl: data.GATEHOUSE_PUBLIC_URL?.replace(/\/+$/, ''),
      tls: certFile && keyFile ? { certFile: resolve(certFile), keyFile: resolve(keyFile), minVersion } : undefined,
      trustedProxies: data.GATEHOUSE_TRUSTED_PROXIES,
      forwardedHeader: data.GATEHOUSE_FORWARDED_HEADER,
      databaseUrl: data.GATEHOUSE_DATABASE_URL,
      dataFolder,
      databaseFile: join(dataFolder, 'gatehouse.db'),
      keyFolder: join(dataFolder, 'keys'),
      encryptDatabase: data.GATEHOUSE_ENCRYPT_DATABASE,
      placesFile: data.GATEHOUSE_PLACES_FILE && resolve(data.GATEHOUSE_PLACES_FILE),
      serviceName: data.GATEHOUSE_SERVICE_NAME,
      loginCaptcha: data.GATEHOUSE_LOGIN_CAPTCHA,
      captchaAccount,
      language: data.GATEHOUSE_LANGUAGE,
      customTemplates: data.GATEHOUSE_MESSAGES ?? {},
      mail,
      sms: accounts && countries && { accounts, countries },
      metrics: metricsAddress(data.GATEHOUSE_METRICS_ADDRESS),
      syslog: syslogAddress(data),
      witnessFile: data.GATEHOUSE_WITNESS_FILE && resolve(data.GATEHOUSE_WITNESS_FILE),
      witnessUrl: data.GATEHOUSE_WITNESS_URL,
      witnessServer: data.GATEHOUSE_WITNESS_SERVER,
      witnessedLogs: data.GATEHOUSE_WITNESSED_LOGS,
      adminMail: data.GATEHOUSE_ADMIN_MAIL,
      pushServices: data.GATEHOUSE_WEB_PUSH_SERVICES,
      fcm: data.GATEHOUSE_FCM && { account: data.GATEHOUSE_FCM, url: data.GATEHOUSE_FCM_URL },
      webhookNetworks: data.GATEHOUSE_WEBHOOK_NETWORKS,
      webhookResolvers: data.GATEHOUSE_WEBHOOK_DNS,
      passkeys: {
        rpId: data.GATEHOUSE_WEBAUTHN_RP_ID,
        origins: data.GATEHOUSE_WEBAUTHN_ORIGINS,
        demandsUserVerification: data.GATEHOUSE_WEBAUTHN_USER_VERIFICATION === 'required',
        attestation: data.GATEHOUSE_WEBAUTHN_ATTESTATION,
        roots: data.GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS,
        metadata: data.GATEHOUSE_WEBAUTHN_METADATA,
        metadataRoot: data.GATEHOUSE_WEBAUTHN_METADATA_ROOT,
        aaguids: data.GATEHOUSE_WEBAUTHN_AAGUIDS,
      },
    }),
  }
}

function syslogAddress({ GATEHOUSE_SYSLOG_URL: url, GATEHOUSE_SYSLOG_CA: ca }: z.output<typeof schema>) {
  if (url === undefined) return undefined
  const { hostname, port } = new URL(url)
  return { host: hostOf(hostname), port: Number(port || 6514), ca }
}

function metricsAddress(text: string | undefined): MetricsAddress | undefined {
  const [, host, port] = /^(.*):([0-9]+)$/.exec(text ?? '') ?? []
  return host === undefined ? undefined : { host: hostOf(host), port: Number(port) }
}

/** What was said of the captcha provider, where there is one. */
function accountOf(data: z.output<typeof schema>, errors: string[]): ProviderAccount | undefined {
  const provider = data.GATEHOUSE_CAPTCHA
  const siteKey = data.GATEHOUSE_CAPTCHA_SITE_KEY
  const secret = data.GATEHOUSE_CAPTCHA_SECRET
  const hostnames = data.GATEHOUSE_CAPTCHA_HOSTNAMES
  if (provider === 'pow') {
    if (siteKey !== undefined || secret !== undefined) {
      errors.push(
        'GATEHOUSE_CAPTCHA_SITE_KEY and GATEHOUSE_CAPTCHA_SECRET need GATEHOUSE_CAPTCHA to say whose they are.',
      )
    }
    return undefined
  }
  if (siteKey === undefined || secret === undefined || hostnames.length === 0) {
    errors.push(
      `GATEHOUSE_CAPTCHA=${provider} also needs GATEHOUSE_CAPTCHA_SITE_KEY, GATEHOUSE_CAPTCHA_SECRET and GATEHOUSE_CAPTCHA_HOSTNAMES.`,
    )
    return undefined
  }
  return { provider, siteKey, secret, hostnames, verifyUrl: data.GATEHOUSE_CAPTCHA_VERIFY_URL }
}

/** An allow-list or a root without attestation would be a promise that nobody keeps: everybody can claim any AAGUID. */
function findPasskeyProblem(data: z.infer<typeof schema>): string | undefined {
  const isDirect = data.GATEHOUSE_WEBAUTHN_ATTESTATION === 'direct'
  const roots = data.GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS ?? data.GATEHOUSE_WEBAUTHN_METADATA
  if ((data.GATEHOUSE_WEBAUTHN_METADATA === undefined) !== (data.GATEHOUSE_WEBAUTHN_METADATA_ROOT === undefined)) {
    return 'GATEHOUSE_WEBAUTHN_METADATA and GATEHOUSE_WEBAUTHN_METADATA_ROOT belong together; set both or neither.'
  }
  if (isDirect && !roots) {
    return 'GATEHOUSE_WEBAUTHN_ATTESTATION is direct and nobody is trusted; set GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS or GATEHOUSE_WEBAUTHN_METADATA.'
  }
  if (!isDirect && (roots ?? data.GATEHOUSE_WEBAUTHN_AAGUIDS)) {
    return 'GATEHOUSE_WEBAUTHN_AAGUIDS, _ATTESTATION_ROOTS and _METADATA say nothing without GATEHOUSE_WEBAUTHN_ATTESTATION=direct.'
  }
  return undefined
}

/** What clients, the demo and the tests go by; the server leaves them alone. */
const forClients: ReadonlySet<string> = new Set([
  'GATEHOUSE_URL',
  'GATEHOUSE_CLIENT_ID',
  'GATEHOUSE_CLIENT_SECRET',
  'GATEHOUSE_TEST_DATABASE_URL',
])

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch {
    return undefined
  }
}

function describe(name: Setting): string {
  return settings[name].description ?? ''
}

/** The setting that was probably meant. */
function suggest(name: string): string {
  const [nearest] = Object.keys(settings)
    .map((known) => ({ known, away: distance(known, name) }))
    .filter(({ away }) => away <= 3)
    .toSorted((one, other) => one.away - other.away)
  return nearest ? ` Did you mean ${nearest.known}?` : ''
}

/** Edit distance (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
