import type { AttestationPolicy } from './attestation.ts'
import type { RelyingParty } from './relying-party.ts'

/** Where passkeys are used, and which of them are taken. */
export interface PasskeySite extends RelyingParty {
  /** Whether a passkey as second factor must check who holds it. As the only proof it always must. */
  readonly demandsUserVerification: boolean
  /** Who must vouch for a new passkey; undefined when any is taken. */
  readonly attestation: AttestationPolicy | undefined
}

/** What the operator has said about passkeys; the rest follows from where the server is reached. */
export interface PasskeySettings {
  readonly rpId: string | undefined
  readonly origins: readonly string[] | undefined
  readonly demandsUserVerification: boolean
  readonly attestation: 'none' | 'direct'
  /** PEM. */
  readonly roots: string | undefined
  /** The BLOB of the FIDO alliance, and the root of its signature in PEM. */
  readonly metadata: string | undefined
  readonly metadataRoot: string | undefined
  readonly aaguids: readonly string[] | undefined
}
