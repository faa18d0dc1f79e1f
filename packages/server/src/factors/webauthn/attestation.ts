import type { X509Certificate } from 'node:crypto'
import type { AttestationObject } from './authenticator-data.ts'
import { leadsTo, readCertificates } from './certificate-path.ts'
import type { Credential, Expected } from './credential.ts'
import type { Metadata } from './metadata-blob.ts'
import { offeredAlgorithms } from './public-key.ts'
import type { RegistrationResponse } from './response.ts'

/** Which authenticators are let in. */
export interface AttestationPolicy {
  /** Makers that are trusted besides those that `metadata` names. */
  readonly roots: readonly X509Certificate[]
  /** The only kinds of authenticators that are taken; all when it is left out. */
  readonly aaguids: ReadonlySet<string> | undefined
  readonly metadata: Metadata | undefined
}

export type AttestationFault =
  | 'aaguid_not_allowed'
  | 'authenticator_distrusted'
  | 'attestation_missing'
  | 'attestation_untrusted'
  | 'attestation_invalid'

/** A registration that was accepted as such. */
interface Registered {
  readonly given: RegistrationResponse
  readonly expected: Expected
  readonly attestation: AttestationObject
  readonly credential: Pick<Credential, 'aaguid'>
}

/** `2.5.29.31`, CRL distribution points, as it stands in a certificate. */
const crlDistributionPoints = Buffer.from('0603551d1f', 'hex')

/**
 * What is wrong with an attestation (Level 3, section 7.1, steps 21 to 24), or undefined. Who vouches is decided here and
 * first, by our roots and our clock; only then is the statement itself checked, by SimpleWebAuthn.
 */
export async function findAttestationFault(
  registered: Registered,
  policy: AttestationPolicy,
  now: Date,
): Promise<AttestationFault | undefined> {
  const { aaguid } = registered.credential
  if (policy.aaguids && !policy.aaguids.has(aaguid)) return 'aaguid_not_allowed'
  const entry = policy.metadata?.entries.get(aaguid)
  if (entry?.distrust) return 'authenticator_distrusted'
  const { format, statement } = registered.attestation
  const x5c = statement.get('x5c')
  // Without a certificate it vouches for itself, and anybody can.
  if (!Array.isArray(x5c) || !x5c.every((der) => der instanceof Uint8Array)) return 'attestation_missing'
  const path = readCertificates(x5c)
  if (!path || !leadsTo([...policy.roots, ...(entry?.roots ?? [])], path, now)) return 'attestation_untrusted'
  // For this format SimpleWebAuthn would fetch revocation lists from wherever a certificate says: we call nobody.
  if (format === 'android-key' && path.some(({ raw }) => raw.includes(crlDistributionPoints)))
    return 'attestation_untrusted'
  return (await isStatementValid(registered)) ? undefined : 'attestation_invalid'
}

/** Signature, format and AAGUID of the statement. Loaded when it is asked for: most servers never do. */
async function isStatementValid({ given, expected }: Registered): Promise<boolean> {
  const { SettingsService, verifyRegistrationResponse } = await import('@simplewebauthn/server')
  // The library's own roots are out of use: whom to trust is decided above.
  for (const identifier of ['android-key', 'android-safetynet', 'apple'] as const) {
    SettingsService.setRootCertificates({ identifier, certificates: [] })
  }
  const { response } = given
  try {
    const { verified } = await verifyRegistrationResponse({
      response: {
        id: given.id,
        rawId: given.id,
        type: given.type,
        clientExtensionResults: {},
        response: {
          clientDataJSON: response.clientDataJSON.toString('base64url'),
          attestationObject: response.attestationObject.toString('base64url'),
        },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: [...expected.origins],
      expectedRPID: expected.rpId,
      requireUserVerification: expected.demandsUserVerification,
      supportedAlgorithmIDs: [...offeredAlgorithms],
    })
    return verified
  } catch {
    return false
  }
}
