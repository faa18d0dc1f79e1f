import { z } from 'zod'

/** Text that every store keeps unchanged: well-formed Unicode without U+0000. */
export function text(max: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), { message: 'must be well-formed text' })
}

/** An id: its prefix and 26 characters. */
export function idOf<P extends string>(prefix: P): z.ZodType<`${P}_${string}`, `${P}_${string}`> {
  return z.templateLiteral([z.literal(prefix), '_', z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/)])
}

/**
 * One address: no white space, quotes, brackets, lists, control or invisible characters before its one `@`; letters,
 * digits, hyphens and full stops after it, in any script.
 */
export const Email = z
  .string()
  .max(320)
  .regex(/^[^\s@"(),:;<>[\\\]\p{Cc}\p{Cf}\p{Cs}\p{DI}]{1,64}@[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)*$/u, {
    message: 'must be one e-mail address',
  })
  .meta({ format: 'email', examples: ['ada@example.org'] })

/**
 * A password as typed, U+0000 included. Length is judged by the server, in characters after NFC. Lone surrogates are all
 * one in UTF-8, so that one such password would open for another.
 */
export const Password = z
  .string()
  .min(1)
  .max(1024)
  .refine((value) => value.isWellFormed(), { message: 'must be well-formed text' })
  .meta({ format: 'password' })

/**
 * Where a browser comes back to after a sign-in on our pages (RFC 6749, section 3.1.2): compared as text, so in the one spelling
 * that it has as a URL. Plain HTTP for this machine alone.
 */
export const RedirectUri = z
  .string()
  .max(512)
  .refine(isRedirectUri, {
    message: 'must be an https:// address in full, or http://localhost with a port; no fragment',
  })
  .meta({ format: 'uri', examples: ['https://portal.example.org/auth/callback'] })

function isRedirectUri(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { href, protocol, hostname, username, password } = new URL(text)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname))
  return isSafe && href === text && username === '' && password === '' && !text.includes('#') && !hostname.includes('[')
}

export const Time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' })

/** The person behind the call, as the calling application sees them. */
export const EndUser = z
  .strictObject({
    ip: z.union([z.ipv4(), z.ipv6()]).optional(),
    user_agent: text(1024).optional(),
    device_token: z
      .string()
      .regex(/^dvt_[0-9A-Za-z]{49}$/)
      .optional()
      .meta({ description: 'What the answer of an earlier sign-in with a second factor gave this device' }),
  })
  .meta({ description: 'Address and agent of the person; what the record and the limits go by' })

/** A place in a list. Opaque; good for the same filter only. */
export const Page = {
  limit: z.coerce.number<number>().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
}

/** One page of a list, newest first. */
export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), has_more: z.boolean(), next_cursor: z.string().nullable() })
}

/**
 * The field of every body that tells it from its twin. A signature over a body is accepted once, and two equal bodies of one second
 * have one signature. The SDK always sends it.
 */
export const Nonce = {
  nonce: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional()
    .meta({ description: 'Anything that makes this body differ from an equal one of the same second' }),
}

/** What X-Client-Id carries. Strangers send anything: what has another form is not looked up, remembered or put on record. */
export const clientSlugForm = /^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/

export const ClientSlug = z
  .string()
  .regex(clientSlugForm, { message: 'must be 3 to 64 characters: lower case, digits and hyphens inside' })
  .meta({ description: 'What X-Client-Id carries', examples: ['customer-portal'] })
