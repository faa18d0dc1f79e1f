import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { isLoopback } from '../../kernel/address.ts'

const SafeUrl = z.url({ protocol: /^https?$/ }).refine(
  (text) => {
    const url = URL.parse(text)
    return url?.protocol === 'https:' || isLoopback((url?.hostname ?? '').replace(/^\[|\]$/g, ''))
  },
  { message: 'must be https, other than on this machine' },
)

/** What Firebase gives out as the key of a service account. What else stands in the file is of no use here. */
export const ServiceAccount = z.object({
  type: z.literal('service_account'),
  project_id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  private_key_id: z.string().min(1).max(128).optional(),
  private_key: z.string().refine(isRsaKey, { message: 'must be an RSA key in PEM form' }),
  client_email: z.string().min(3).max(320),
  token_uri: SafeUrl.default('https://oauth2.googleapis.com/token'),
})
export type ServiceAccount = z.output<typeof ServiceAccount>

/** The same as the text of the file. */
export const ServiceAccountText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(ServiceAccount)

/** Where messages are handed on: without a slash at its end. */
export const FcmUrl = SafeUrl.transform((text) => text.replace(/\/+$/, ''))

export interface FcmSettings {
  readonly account: ServiceAccount
  readonly url: string
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
