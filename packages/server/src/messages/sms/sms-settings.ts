import { z } from 'zod'
import { JsonText, List, SafeUrl } from '../../kernel/setting-forms.ts'

const Secret = z.string().min(1).max(512)

/** An account with an SMS provider. `url` is for another address of the same service, and for tests. */
export const SmsAccount = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('twilio'),
    account_sid: z.string().regex(/^AC[0-9A-Za-z]{1,64}$/),
    auth_token: Secret,
    /** A number, a sender's name, or a messaging service (MG…). */
    from: z.string().min(1).max(64),
    url: SafeUrl.default('https://api.twilio.com'),
  }),
  z.strictObject({
    provider: z.literal('vonage'),
    api_key: Secret,
    api_secret: Secret,
    from: z.string().min(1).max(64),
    url: SafeUrl.default('https://rest.nexmo.com'),
  }),
  z.strictObject({
    provider: z.literal('sns'),
    region: z.string().regex(/^[a-z0-9-]{1,32}$/),
    access_key_id: Secret,
    secret_access_key: Secret,
    sender_id: z.string().min(1).max(11).optional(),
    url: SafeUrl.optional(),
  }),
  z.strictObject({
    provider: z.literal('http'),
    url: SafeUrl,
    /** Sent as `Authorization: Bearer`. */
    token: Secret.optional(),
    /** What is posted: any JSON; in its texts {to}, {text} and {id} stand for the message. */
    body: z.json().default({ to: '{to}', text: '{text}', id: '{id}' }),
  }),
])
export type SmsAccount = z.output<typeof SmsAccount>

/** The accounts in the order in which they are asked: JSON, because they differ in what they need. */
export const SmsAccounts = JsonText.pipe(z.array(SmsAccount).min(1).max(5))

/** Countries by ISO 3166, or every one. */
export const SmsCountries = List.refine(
  (codes) => codes.every((code) => /^[A-Z]{2}$/.test(code)) || (codes.length === 1 && codes[0] === 'any'),
  {
    message: 'must be codes of countries like DE,AT,CH, or the word any',
  },
)
