import { z } from 'zod'

/** A credential as it is kept (Level 3, section 4, "credential record"). */
export const Credential = z.strictObject({
  credentialId: z.base64url(),
  /** COSE_Key, as the authenticator gave it. */
  publicKey: z.base64url(),
  signCount: z.int(),
  /** Never changes: a credential that could not be copied does not learn it. */
  backupEligible: z.boolean(),
  backedUp: z.boolean(),
  /** Kind of authenticator; zeros when its maker keeps to itself. */
  aaguid: z.string(),
  /** How a browser reaches it, in words that only the browser needs. */
  transports: z.array(z.string()),
  /** Built into a device, or one to carry around; null when the browser did not say. */
  attachment: z.enum(['platform', 'cross-platform']).nullable(),
})

export type Credential = z.infer<typeof Credential>

/** What every ceremony is judged by. */
export interface Expected {
  readonly rpId: string
  readonly origins: readonly string[]
  /** base64url, as the options carried it. */
  readonly challenge: string
  /** Whether it counts only when the authenticator has checked who holds it: PIN, finger, face. */
  readonly demandsUserVerification: boolean
}
