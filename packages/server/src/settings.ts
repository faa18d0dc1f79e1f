import { Email } from '@gatehouse/contract/fields'
import { languages } from '@gatehouse/contract/messages'
import { policyChoices } from '@gatehouse/contract/policy'
import { z } from 'zod'
import { findEntryProblem } from './clients/allow-list.ts'
import { readPemCertificates } from './factors/webauthn/certificate-path.ts'
import { findOriginProblem, findRpIdProblem } from './factors/webauthn/relying-party.ts'
import { forwardedHeaders } from './http/forwarded.ts'
import { List, refuse } from './kernel/setting-forms.ts'
import { parseVerifierKey } from './log/checkpoint.ts'
import { isPrivateKey, parseSender } from './messages/mail/mail-settings.ts'
import { FcmUrl, ServiceAccountText } from './messages/push/fcm-settings.ts'
import { PushServiceList, usualServices } from './messages/push/push-services.ts'
import { SmsAccounts, SmsCountries } from './messages/sms/sms-settings.ts'
import { TemplatesByTenant } from './messages/templates/custom-templates.ts'

const LowerList = List.transform((entries) => entries.map((entry) => entry.toLowerCase()))
const flag = z.enum(['on', 'off']).transform((value) => value === 'on')

/** Every setting: its form, its default, and what it is for. The reference page is made from this. */
export const settings = {
  GATEHOUSE_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  GATEHOUSE_PORT: z
    .string()
    .regex(/^[0-9]{1,5}$/, { message: 'must be a whole number' })
    .transform(Number)
    .pipe(z.number().max(65_535))
    .default(4100)
    .describe('TCP port to listen on.'),
  GATEHOUSE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isOrigin, { message: 'must be scheme, host and port alone, without a user, a path or a query' })
    .optional()
    .describe(
      'Where people and applications reach the server. Default: localhost with the port. With GATEHOUSE_DATABASE_URL it is needed by serve, the same on all nodes: tokens name their issuer by it.',
    ),
  GATEHOUSE_TLS_CERT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file with the certificate and those that vouch for it. Looked at every ten seconds and taken over when it changes.',
    ),
  GATEHOUSE_TLS_KEY_FILE: z.string().min(1).optional().describe('PEM file with the private key of the certificate.'),
  GATEHOUSE_TLS_MIN_VERSION: z
    .enum(['1.3', '1.2'])
    .default('1.3')
    .describe('The oldest version of TLS that is spoken.'),
  GATEHOUSE_TRUSTED_PROXIES: List.superRefine(refuse(findNetworkProblem('would let everybody say who they are')))
    .default([])
    .describe(
      'Addresses and networks (10.0.0.0/8) of the proxies that are believed when they say for whom they call and by which protocol, with commas between.',
    ),
  GATEHOUSE_FORWARDED_HEADER: z
    .enum(forwardedHeaders)
    .default('x-forwarded-for')
    .describe(
      'The header by which trusted proxies say who calls; others are ignored. With x-forwarded-for, X-Forwarded-Proto says by which protocol; forwarded (RFC 7239) says both.',
    ),
  GATEHOUSE_METRICS_ADDRESS: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$/, { message: 'must be an address and a port' })
    .refine((value) => Number(/[0-9]+$/.exec(value)?.[0]) <= 65_535, { message: 'must be an address and a port' })
    .optional()
    .describe(
      'Where Prometheus reads figures of this node at /metrics, in the clear and without a password: 127.0.0.1:9464. Without it there are none.',
    ),
  GATEHOUSE_DATA_DIR: z.string().min(1).default('./data').describe('Folder of the embedded database and of the keys.'),
  GATEHOUSE_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('A PostgreSQL database, in place of the embedded one: postgres://user:password@host/name.'),
  GATEHOUSE_ENCRYPT_DATABASE: flag
    .default(true)
    .describe('Whether the embedded database is encrypted at rest: on or off. Decided when it is made.'),
  GATEHOUSE_CAPTCHA: z
    .enum(['pow', 'recaptcha_v3', 'turnstile', 'hcaptcha'])
    .default('pow')
    .describe(
      'Which captcha a sign-in is asked for: pow is the built-in proof of work, which also stands in while another one is down.',
    ),
  GATEHOUSE_CAPTCHA_SITE_KEY: z.string().min(1).max(256).optional().describe('The public key of the captcha provider.'),
  GATEHOUSE_CAPTCHA_SECRET: z.string().min(1).max(256).optional().describe('The secret key of the captcha provider.'),
  GATEHOUSE_CAPTCHA_HOSTNAMES: LowerList.pipe(
    z.array(z.string().regex(/^[a-z0-9.-]+$/, { message: 'must be names of hosts, with commas between' })),
  )
    .default([])
    .describe('The hosts whose pages show the captcha of the provider, with commas between.'),
  GATEHOUSE_CAPTCHA_VERIFY_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Where the captcha provider is asked, other than its usual address: https://www.recaptcha.net/recaptcha/api/siteverify for one.',
    ),
  GATEHOUSE_LOGIN_CAPTCHA: z
    .enum(policyChoices.loginCaptcha.values)
    .default(policyChoices.loginCaptcha.default)
    .describe('When a sign-in needs a captcha: never, by risk, or always. A known device never does.'),
  GATEHOUSE_PLACES_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A database of places in MMDB form (GeoLite2-City.mmdb and others), in place of the countries that come with the server.',
    ),
  GATEHOUSE_SERVICE_NAME: z
    .string()
    .min(1)
    .max(64)
    .default('Gatehouse')
    .describe('What people know the service by; authenticator apps and messages show it.'),
  GATEHOUSE_LANGUAGE: z
    .enum(languages)
    .default('en')
    .describe('The language of messages to people whose own is not known: en or de.'),
  GATEHOUSE_MESSAGES: TemplatesByTenant.optional().describe(
    'Your own words for messages, as JSON by tenant, language and message (docs/messages.md).',
  ),
  GATEHOUSE_SMTP_URL: z
    .url({ protocol: /^smtps?$/, message: 'must be smtp://host:port or smtps://host:port' })
    .optional()
    .describe(
      'The server that takes our mail: smtps://host (TLS from the start, port 465) or smtp://host (STARTTLS, port 587). Without it no mail is sent.',
    ),
  GATEHOUSE_SMTP_USER: z.string().min(1).optional().describe('Who we are to the mail server.'),
  GATEHOUSE_SMTP_PASSWORD: z.string().min(1).optional().describe('The password that goes with it.'),
  GATEHOUSE_SMTP_TLS: z
    .enum(['required', 'off'])
    .default('required')
    .describe(
      'For smtp:// only: required sends nothing before STARTTLS has worked; off sends in the clear, and is taken for a mail server on this machine only.',
    ),
  GATEHOUSE_MAIL_FROM: z
    .string()
    .refine((value) => parseSender(value) !== undefined, { message: 'must be one address, or Name <address>' })
    .optional()
    .describe('Who our mail is from: Example <no-reply@example.org>.'),
  GATEHOUSE_SMS: SmsAccounts.optional().describe(
    'Accounts with SMS providers, as a JSON list in the order in which they are asked (docs/messages.md). Without it no SMS is sent.',
  ),
  GATEHOUSE_SMS_COUNTRIES: SmsCountries.optional().describe(
    'The countries that SMS go to, as codes of two letters with commas between: DE,AT,CH. The word any stands for all, which invites fraud.',
  ),
  GATEHOUSE_WEB_PUSH_SERVICES: PushServiceList.prefault(usualServices).describe(
    'The push services that may wake browsers, with commas between: hosts (*.example.org for all below one), which are called outside and by HTTPS only, or a service of your own in full, https://push.internal:8443. The word none: devices ask by themselves. The word any: every host outside.',
  ),
  GATEHOUSE_FCM: ServiceAccountText.optional().describe(
    'The key of a service account of Firebase (JSON), to wake apps by Firebase Cloud Messaging. Give it as GATEHOUSE_FCM_FILE. Without it no app is woken by Google.',
  ),
  GATEHOUSE_FCM_URL: FcmUrl.default('https://fcm.googleapis.com').describe(
    'Where Firebase takes messages, other than its usual address.',
  ),
  GATEHOUSE_SYSLOG_URL: z
    .url({ protocol: /^tls$/, message: 'must be tls://host:port' })
    .optional()
    .describe('The collector that the record goes to as syslog over TLS (RFC 5425): tls://logs.example.org:6514.'),
  GATEHOUSE_SYSLOG_CA: z
    .string()
    .superRefine(refuse(findPemProblem))
    .optional()
    .describe(
      'Certificates in PEM that the collector must have its own from, in place of those of public authorities.',
    ),
  GATEHOUSE_WITNESS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('A file, best on another machine, to which the checkpoints of the sealed log are added.'),
  GATEHOUSE_WITNESS_URL: z
    .url({ protocol: /^https?$/, message: 'must be an address that begins with https://' })
    .optional()
    .describe('Where the checkpoints of the sealed log are sent to by POST.'),
  GATEHOUSE_WITNESS_SERVER: z
    .url({ protocol: /^https?$/, message: 'must be an address that begins with https://' })
    .transform((url) => url.replace(/\/$/, ''))
    .optional()
    .describe(
      'A witness of C2SP tlog-witness, such as another Gatehouse: https://other.example.org/witness. It gets the checkpoints of the sealed log, with proofs.',
    ),
  GATEHOUSE_WITNESSED_LOGS: z
    .string()
    .transform((list, check) =>
      list.split(',').map((text) => {
        const log = parseVerifierKey(text.trim())
        if (!log) check.addIssue({ code: 'custom', message: 'must be verifier keys of C2SP with commas between' })
        return log ?? { origin: '', publicKey: new Uint8Array() }
      }),
    )
    .default([])
    .describe('The logs of other servers that this one is a witness of: their verifier keys with commas between.'),
  GATEHOUSE_ADMIN_MAIL: List.pipe(z.array(Email))
    .default([])
    .describe('Who is told when an account is opened by a recovery code: mail addresses with commas between.'),
  GATEHOUSE_WEBHOOK_NETWORKS: List.superRefine(refuse(findNetworkProblem('would let webhooks reach everything inside')))
    .default([])
    .describe(
      'Networks inside that webhooks may go to, in the clear too, as addresses or networks with commas between: 10.1.0.0/16. Without it they go to the Internet alone.',
    ),
  GATEHOUSE_WEBHOOK_DNS: List.pipe(
    z.array(
      z.string().regex(/^([0-9.]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$/, {
        message: 'must be addresses like 9.9.9.9 or [2620:fe::fe]:53',
      }),
    ),
  )
    .default([])
    .describe('The servers of names that webhooks go by, with commas between. Default: those of the machine.'),
  GATEHOUSE_DKIM_DOMAIN: z.string().min(1).optional().describe('The domain in whose name our mail is signed (DKIM).'),
  GATEHOUSE_DKIM_SELECTOR: z
    .string()
    .min(1)
    .optional()
    .describe('The name of the public key in the DNS of that domain.'),
  GATEHOUSE_DKIM_KEY: z
    .string()
    .refine(isPrivateKey, { message: 'must be a private key in PEM form' })
    .optional()
    .describe('The private key that signs our mail, in PEM form.'),
  GATEHOUSE_WEBAUTHN_RP_ID: z
    .string()
    .superRefine(refuse(findRpIdProblem))
    .optional()
    .describe(
      'The domain that passkeys are bound to, for ever. Default: the host of GATEHOUSE_PUBLIC_URL. With a parent domain they work on all of its hosts.',
    ),
  GATEHOUSE_WEBAUTHN_ORIGINS: List.superRefine(refuse(findOriginProblem))
    .optional()
    .describe(
      'Where passkeys may be used, with commas between: https://app.example.org,https://shop.example.org. Default: the origin of GATEHOUSE_PUBLIC_URL.',
    ),
  GATEHOUSE_WEBAUTHN_USER_VERIFICATION: z
    .enum(['preferred', 'required'])
    .default('preferred')
    .describe(
      'Whether a passkey as second factor must check who holds it, by PIN or finger. As the only proof it always must.',
    ),
  GATEHOUSE_WEBAUTHN_ATTESTATION: z
    .enum(['none', 'direct'])
    .default('none')
    .describe('Whether a maker must vouch for a new passkey: direct takes those of trusted roots alone.'),
  GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS: z
    .string()
    .superRefine(refuse(findPemProblem))
    .optional()
    .describe('Certificates of trusted makers of authenticators, PEM.'),
  GATEHOUSE_WEBAUTHN_METADATA: z
    .string()
    .optional()
    .describe('The metadata BLOB of the FIDO alliance, as it was downloaded. Never older than the one used before.'),
  GATEHOUSE_WEBAUTHN_METADATA_ROOT: z
    .string()
    .superRefine(refuse(findPemProblem))
    .optional()
    .describe('The certificate that the signature of the BLOB leads to, PEM.'),
  GATEHOUSE_WEBAUTHN_AAGUIDS: LowerList.pipe(z.array(z.guid({ message: 'must be AAGUIDs with commas between' })))
    .optional()
    .describe('The only kinds of authenticators that are taken, by AAGUID, with commas between.'),
} as const

/** Addresses are made by adding a path to it; slashes at its end do not count. */
function isOrigin(text: string): boolean {
  // What is no URL at all has been told so.
  if (!URL.canParse(text)) return true
  const { username, password, pathname } = new URL(text)
  return username === '' && password === '' && /^\/*$/.test(pathname) && !/[?#]/.test(text)
}

/** A list that names everybody is a mistake. */
function findNetworkProblem(dangerOfAny: string) {
  return (entry: string) => findEntryProblem(entry, dangerOfAny)
}

function findPemProblem(pem: string): string | undefined {
  try {
    readPemCertificates(pem)
    return undefined
  } catch {
    return 'must be certificates in PEM'
  }
}
