import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { JsonText, SafeUrl } from '../../kernel/setting-forms.ts'

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
export const ServiceAccountText = JsonText.pipe(ServiceAccount)

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
