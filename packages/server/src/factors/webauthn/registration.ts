import { equal } from '../../crypto/equal.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { type AttestationObject, readAttestationObject, readAuthenticatorData } from './authenticator-data.ts'
import { readCborMap } from './cbor.ts'
import { type ClientDataFault, findClientDataFault } from './client-data.ts'
import type { Credential, Expected } from './credential.ts'
import { readPublicKey } from './public-key.ts'
import type { RegistrationResponse } from './response.ts'

/** Which check of Level 3, section 7.1, a registration failed. */
export type RegistrationFault =
  | ClientDataFault
  | 'attestation_object'
  | 'rp_id'
  | 'user_presence'
  | 'user_verification'
  | 'backup_flags'
  | 'credential_id'
  | 'public_key'

/** A new credential; whether its attestation is worth anything is another question (`attestation.ts`). */
export type RegistrationVerdict =
  | { readonly accepted: true; readonly credential: Credential; readonly attestation: AttestationObject }
  | { readonly accepted: false; readonly check: RegistrationFault }

/** Judges a registration (Level 3, section 7.1, steps 5 to 20 and 25) in the order of the standard. */
export function judgeRegistration(given: RegistrationResponse, expected: Expected): RegistrationVerdict {
  const { response } = given
  const fault = findClientDataFault(response.clientDataJSON, { ...expected, type: 'webauthn.create' })
  if (fault) return refuse(fault)
  const attestation = readAttestationObject(readCborMap(response.attestationObject))
  const data = attestation && readAuthenticatorData(attestation.authenticatorData)
  if (!attestation || !data?.attested) return refuse('attestation_object')
  if (!equal(data.rpIdHash, sha256(expected.rpId))) return refuse('rp_id')
  if (!data.userPresent) return refuse('user_presence')
  if (expected.demandsUserVerification && !data.userVerified) return refuse('user_verification')
  if (data.backedUp && !data.backupEligible) return refuse('backup_flags')
  const { credentialId, publicKey, aaguid } = data.attested
  if (!equal(credentialId, given.rawId)) return refuse('credential_id')
  if (!readPublicKey(publicKey)) return refuse('public_key')
  return {
    accepted: true,
    attestation,
    credential: {
      credentialId: Buffer.from(credentialId).toString('base64url'),
      publicKey: Buffer.from(publicKey).toString('base64url'),
      signCount: data.signCount,
      backupEligible: data.backupEligible,
      backedUp: data.backedUp,
      aaguid,
      transports: response.transports,
      attachment: given.authenticatorAttachment ?? null,
    },
  }
}

function refuse(check: RegistrationFault): RegistrationVerdict {
  return { accepted: false, check }
}
