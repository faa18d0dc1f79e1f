import type { Method } from '@gatehouse/contract/methods'
import type { Policy } from '@gatehouse/contract/policy'
import { z } from 'zod'
import { Fault } from '../../kernel/fault.ts'
import type { Factor, Verdict } from '../factor.ts'
import { judgeAssertion } from './assertion.ts'
import { findAttestationFault } from './attestation.ts'
import { Credential, type Expected } from './credential.ts'
import type { PasskeySite } from './passkey-site.ts'
import { judgeRegistration } from './registration.ts'
import { creationOptions, requestOptions } from './request-options.ts'
import { AssertionResponse, RegistrationResponse } from './response.ts'

/** Nothing until the authenticator has made its credential. */
export const WebauthnData = Credential.nullable()
export type WebauthnData = z.infer<typeof WebauthnData>

const WebauthnKept = z.strictObject({
  challenge: z.base64url(),
  /** Whose credential it is: what the authenticator keeps beside its key. */
  userHandle: z.base64url(),
})
type WebauthnKept = z.infer<typeof WebauthnKept>

/** An answer of some browser; its kind is looked at where it is judged, so that a typed code is no answer. */
const WebauthnResponse = z.looseObject({ id: z.string(), type: z.literal('public-key') })
type WebauthnResponse = z.infer<typeof WebauthnResponse>

const challengeBytes = 32
const answerSeconds = 300

/** After how long a passkey must be enrolled again. */
type PasskeyAges = Pick<Policy, 'securityKeyDays' | 'passkeyDays'>

/** Passkeys and security keys (Web Authentication Level 3). Without a site they wait until there is one again. */
export function webauthn(site: PasskeySite | undefined, ages: PasskeyAges) {
  const getSite = (): PasskeySite => {
    if (!site) throw new Fault('passkeys_unavailable')
    return site
  }
  const expect = ({ challenge }: WebauthnKept): Expected => {
    const { id, origins, demandsUserVerification } = getSite()
    return { rpId: id, origins, challenge, demandsUserVerification }
  }

  return {
    type: 'webauthn',
    proves: ['swk'],
    options: z.strictObject({}),
    data: WebauthnData,
    kept: WebauthnKept,
    response: WebauthnResponse,
    asksForAny: true,

    enroll({ random }, { userId, label, owned }) {
      const kept = { challenge: encode(random(challengeBytes)), userHandle: encode(Buffer.from(userId)) }
      const shown = { options: creationOptions(getSite(), { ...kept, name: label }, owned.filter(isMade)) }
      return { data: null, shown: {}, question: { kept, tries: 1, lifeSeconds: answerSeconds, shown } }
    },

    challenge({ random }, _data, { userId, owned }) {
      const kept = { challenge: encode(random(challengeBytes)), userHandle: encode(Buffer.from(userId)) }
      const shown = { options: requestOptions(getSite(), kept.challenge, owned.filter(isMade)) }
      return { kept, tries: 1, lifeSeconds: answerSeconds, shown }
    },

    async confirm({ now }, { kept, response }) {
      const given = RegistrationResponse.safeParse(response)
      if (!kept || !given.success) return refuse('form')
      const registered = judgeRegistration(given.data, expect(kept))
      if (!registered.accepted) return refuse(registered.check)
      const known = { ...registered, given: given.data, expected: expect(kept) }
      const { attestation } = getSite()
      const fault = attestation && (await findAttestationFault(known, attestation, now))
      if (fault) return refuse(fault)
      const { credential } = registered
      const goodForDays = credential.attachment === 'cross-platform' ? ages.securityKeyDays : ages.passkeyDays
      return { accepted: true, data: credential, handle: handleOf(credential.credentialId), goodForDays }
    },

    verify(_moment, { data, kept, response }) {
      const given = AssertionResponse.safeParse(response)
      if (!kept || !given.success) return refuse('form')
      // One question for all passkeys of a person: this one was not used.
      if (!data || given.data.id !== data.credentialId) return { accepted: false, reason: 'mismatch' }
      const owner = { credential: data, userHandle: Buffer.from(kept.userHandle, 'base64url') }
      const verdict = judgeAssertion(given.data, owner, expect(kept))
      if (!verdict.accepted) return refuse(verdict.check)
      return { accepted: true, data: verdict.credential, proves: listProven(verdict) }
    },
  } satisfies Factor<WebauthnData, WebauthnKept, WebauthnResponse, Record<string, never>>
}

/** What a credential is found by when its owner has not said who they are. */
export function handleOf(credentialId: string): string {
  return `webauthn ${credentialId}`
}

/**
 * A key that never leaves its device is in hardware, one that is synced is not. A device that has checked who holds it has
 * seen a second factor: a PIN, or a finger.
 */
export function listProven({ credential, userVerified }: { credential: Credential; userVerified: boolean }): Method[] {
  return [credential.backupEligible ? 'swk' : 'hwk', ...(userVerified ? (['user'] as const) : [])]
}

/** Which check failed goes on record; the answer to the outside is the same for all. */
function refuse(check: string): Verdict<never> {
  return { accepted: false, reason: 'mismatch', diagnosis: { check } }
}

function isMade(data: WebauthnData): data is Credential {
  return data !== null
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
