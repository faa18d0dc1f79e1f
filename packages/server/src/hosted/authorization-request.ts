import { CodeChallenge } from '@gatehouse/contract/hosted-operations'
import { z } from 'zod'
import type { Client } from '../clients/client.ts'
import { Fault } from '../kernel/fault.ts'

/** What an application asks the hosted sign-in for (RFC 6749, section 4.1.1), as far as the pages need it. */
export const AuthorizationRequest = z.strictObject({
  slug: z.string(),
  redirectUri: z.string(),
  state: z.string().optional(),
  codeChallenge: z.string(),
  /** A second factor is asked for, whatever the rules of the tenant are (RFC 9470). */
  needsMfa: z.boolean(),
  /** Somebody who is signed in shows a factor anew, in place of signing in as somebody perhaps else. */
  isStepUp: z.boolean(),
  email: z.string().optional(),
})
export type AuthorizationRequest = z.infer<typeof AuthorizationRequest>

/** An error that goes back to the application (RFC 6749, section 4.1.2.1). */
export interface Returned {
  readonly error: string
  readonly description: string
}

/** RFC 6749, appendix A.5. */
const stateForm = /^[ -~]{1,512}$/
const emailForm = /^\S{1,320}$/

/**
 * Judges what a browser was sent with. Until client and address are known to belong together nothing goes back: the answer
 * is a page (RFC 9700, section 4.11).
 * @throws Fault `authorization_request_invalid`
 */
export function judgeRequest(
  asked: ReadonlyMap<string, string>,
  client: Client | undefined,
): { readonly wanted: AuthorizationRequest; readonly returned?: Returned } {
  const redirectUri = asked.get('redirect_uri') ?? ''
  const isKnown = client?.redirectUris.includes(redirectUri) && client.scopes.has('auth')
  if (!client || !isKnown) {
    throw new Fault('authorization_request_invalid', {
      detail: 'There is no client of this name for which this redirect_uri is registered.',
    })
  }
  const state = asked.get('state')
  const codeChallenge = asked.get('code_challenge') ?? ''
  const levels = (asked.get('acr_values') ?? '').split(' ').filter((each) => each !== '')
  const maxAge = asked.get('max_age')
  const email = asked.get('login_hint')
  const isFresh = asked.get('prompt')?.split(' ').includes('login') ?? false
  const needsMfa = levels.includes('aal2') && !levels.includes('aal1')
  const wanted = {
    slug: client.slug,
    redirectUri,
    ...(state !== undefined && stateForm.test(state) && { state }),
    codeChallenge,
    needsMfa,
    isStepUp: !isFresh && (levels.length > 0 || maxAge !== undefined),
    ...(email !== undefined && emailForm.test(email) && { email }),
  }
  const returned = findFlaw()
  return returned ? { wanted, returned } : { wanted }

  function findFlaw(): Returned | undefined {
    const invalid = (description: string) => ({ error: 'invalid_request', description })
    if (state !== undefined && wanted.state === undefined) return invalid('state is longer than 512 characters')
    if (asked.get('response_type') !== 'code') {
      return { error: 'unsupported_response_type', description: 'response_type is code' }
    }
    if (asked.get('code_challenge_method') !== 'S256' || !CodeChallenge.safeParse(codeChallenge).success) {
      return invalid('code_challenge by S256 is needed (RFC 7636)')
    }
    if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) return invalid('max_age is a number of seconds')
    if (levels.length > 0 && !levels.some((each) => each === 'aal1' || each === 'aal2')) {
      return { error: 'unmet_authentication_requirements', description: 'acr_values are aal1 and aal2' }
    }
    return undefined
  }
}

/** Where a browser goes with an answer; `iss` says of whom it is (RFC 9207). */
export function returnAddress(
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  answer: Readonly<Record<string, string>>,
): string {
  const address = new URL(redirectUri)
  for (const [name, value] of Object.entries({ ...answer, ...(state !== undefined && { state }) })) {
    address.searchParams.append(name, value)
  }
  return address.href
}
