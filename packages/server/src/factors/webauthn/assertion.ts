import { equal } from '../../crypto/equal.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { readAuthenticatorData } from './authenticator-data.ts'
import { type ClientDataFault, findClientDataFault } from './client-data.ts'
import type { Credential, Expected } from './credential.ts'
import { isSignedBy, readPublicKey } from './public-key.ts'
import type { AssertionResponse } from './response.ts'

/** Which check of Level 3, section 7.2, an assertion failed. */
export type AssertionFault =
  | ClientDataFault
  | 'credential_id'
  | 'user_handle'
  | 'authenticator_data'
  | 'rp_id'
  | 'user_presence'
  | 'user_verification'
  | 'backup_flags'
  | 'backup_eligibility_changed'
  | 'signature'
  | 'sign_count'

/** `credential` is what to keep in place of the one before. */
export type AssertionVerdict =
  | { readonly accepted: true; readonly credential: Credential; readonly userVerified: boolean }
  | { readonly accepted: false; readonly check: AssertionFault }

/** Whose credential it is; `userHandle` is what it was made for. */
interface Kept {
  readonly credential: Credential
  readonly userHandle: Uint8Array
}

/** Judges an assertion (Level 3, section 7.2, steps 6 to 22). */
export function judgeAssertion(given: AssertionResponse, kept: Kept, expected: Expected): AssertionVerdict {
  const { response } = given
  const { credential } = kept
  if (given.id !== credential.credentialId) return refuse('credential_id')
  if (response.userHandle && response.userHandle.length > 0 && !equal(response.userHandle, kept.userHandle)) {
    return refuse('user_handle')
  }
  const fault = findClientDataFault(response.clientDataJSON, { ...expected, type: 'webauthn.get' })
  if (fault) return refuse(fault)
  const data = readAuthenticatorData(response.authenticatorData)
  if (!data || data.attested) return refuse('authenticator_data')
  if (!equal(data.rpIdHash, sha256(expected.rpId))) return refuse('rp_id')
  if (!data.userPresent) return refuse('user_presence')
  if (expected.demandsUserVerification && !data.userVerified) return refuse('user_verification')
  if (data.backedUp && !data.backupEligible) return refuse('backup_flags')
  if (data.backupEligible !== credential.backupEligible) return refuse('backup_eligibility_changed')
  const publicKey = readPublicKey(Buffer.from(credential.publicKey, 'base64url'))
  const signed = Buffer.concat([response.authenticatorData, sha256(response.clientDataJSON)])
  if (!publicKey || !isSignedBy(publicKey, signed, response.signature)) return refuse('signature')
  // Last: only the true key can say that it was copied.
  const counts = data.signCount > 0 || credential.signCount > 0
  if (counts && data.signCount <= credential.signCount) return refuse('sign_count')
  return {
    accepted: true,
    userVerified: data.userVerified,
    credential: { ...credential, signCount: data.signCount, backedUp: data.backedUp },
  }
}

function refuse(check: AssertionFault): AssertionVerdict {
  return { accepted: false, check }
}
