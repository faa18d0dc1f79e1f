import { z } from 'zod'
import { EndUser, Nonce, RedirectUri } from './fields.ts'
import { operation } from './operation.ts'
import { Authenticated } from './resources.ts'

/** RFC 7636, section 4.1. */
const CodeVerifier = z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/)
/** RFC 7636, section 4.2: S256 and nothing else. */
export const CodeChallenge = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

export const redeemCode = operation({
  id: 'redeemCode',
  summary: 'Exchange the code of a hosted sign-in for the tokens of its session, once',
  method: 'POST',
  path: '/v1/auth/code',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    code: z.string().max(128).meta({ description: 'What the browser has brought back' }),
    redirect_uri: RedirectUri,
    code_verifier: CodeVerifier.meta({ description: 'Whose hash the sign-in was begun with (RFC 7636)' }),
    end_user: EndUser.optional(),
  }),
  output: Authenticated,
  problems: ['authorization_code_invalid'],
})
