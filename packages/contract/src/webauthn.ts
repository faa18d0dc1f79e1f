import { z } from 'zod'

const descriptor = z.object({ type: z.literal('public-key'), id: z.string(), transports: z.array(z.string()) })
const userVerification = z.enum(['required', 'preferred'])

/** For `navigator.credentials.create`, as JSON: PublicKeyCredentialCreationOptionsJSON (Level 3, section 5.1.9). */
export const PasskeyCreationOptions = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number().int() })),
    timeout: z.number().int(),
    excludeCredentials: z.array(descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal('preferred'),
      requireResidentKey: z.literal(false),
      userVerification,
    }),
    attestation: z.enum(['none', 'direct']),
    extensions: z.object({ credProps: z.literal(true) }),
  })
  .meta({ id: 'PasskeyCreationOptions', description: 'For navigator.credentials.create, as JSON' })
export type PasskeyCreationOptions = z.output<typeof PasskeyCreationOptions>

/** For `navigator.credentials.get`, as JSON: PublicKeyCredentialRequestOptionsJSON (Level 3, section 5.1.10). */
export const PasskeyRequestOptions = z
  .object({
    challenge: z.string(),
    timeout: z.number().int(),
    rpId: z.string(),
    allowCredentials: z.array(descriptor),
    userVerification,
  })
  .meta({ id: 'PasskeyRequestOptions', description: 'For navigator.credentials.get, as JSON' })
export type PasskeyRequestOptions = z.output<typeof PasskeyRequestOptions>
