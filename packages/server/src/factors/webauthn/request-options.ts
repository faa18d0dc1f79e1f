import type { PasskeyCreationOptions, PasskeyRequestOptions } from '@gatehouse/contract/webauthn'
import type { Credential } from './credential.ts'
import type { PasskeySite } from './passkey-site.ts'
import { offeredAlgorithms } from './public-key.ts'

/** How long the dialog of the system stays open. The server's own clock decides how long an answer counts. */
const dialogMs = 300_000

/** For `navigator.credentials.create`, as JSON (Level 3, section 5.4). */
export function creationOptions(
  site: PasskeySite,
  asked: { readonly challenge: string; readonly userHandle: string; readonly name: string },
  owned: readonly Credential[],
): PasskeyCreationOptions {
  return {
    rp: { id: site.id, name: site.name },
    user: { id: asked.userHandle, name: asked.name, displayName: asked.name },
    challenge: asked.challenge,
    pubKeyCredParams: offeredAlgorithms.map((alg) => ({ type: 'public-key' as const, alg })),
    timeout: dialogMs,
    excludeCredentials: owned.map(describeCredential),
    authenticatorSelection: {
      residentKey: 'preferred',
      requireResidentKey: false,
      userVerification: wantsVerification(site),
    },
    attestation: site.attestation ? 'direct' : 'none',
    extensions: { credProps: true },
  }
}

/** For `navigator.credentials.get`, as JSON (Level 3, section 5.5). Without `owned` the person chooses who they are. */
export function requestOptions(
  site: PasskeySite,
  challenge: string,
  owned: readonly Credential[],
  userVerification = wantsVerification(site),
): PasskeyRequestOptions {
  return {
    challenge,
    timeout: dialogMs,
    rpId: site.id,
    allowCredentials: owned.map(describeCredential),
    userVerification,
  }
}

function describeCredential({ credentialId, transports }: Credential) {
  return { type: 'public-key' as const, id: credentialId, transports }
}

function wantsVerification(site: PasskeySite): 'required' | 'preferred' {
  return site.demandsUserVerification ? 'required' : 'preferred'
}
