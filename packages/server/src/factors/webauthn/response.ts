import { z } from 'zod'

/** The most that the parts of a ceremony have, in bytes: nothing larger is looked into. */
const most = {
  clientData: 4096,
  attestation: 16_384,
  authenticatorData: 2048,
  signature: 1024,
  id: 1023,
  userHandle: 64,
}

/** Canonical base64url, as bytes. */
function bytes(atMost: number) {
  return z
    .string()
    .max(Math.ceil((atMost * 4) / 3))
    .transform((text, { addIssue }) => {
      const read = Buffer.from(text, 'base64url')
      if (read.toString('base64url') === text) return read
      addIssue({ code: 'custom', message: 'must be base64url' })
      return z.NEVER
    })
}

const envelope = {
  id: z.string().max(2048),
  rawId: bytes(most.id),
  type: z.literal('public-key'),
}

/** `PublicKeyCredential.toJSON()` of a registration (Level 3, section 5.1.8). What is not named here is not looked at. */
export const RegistrationResponse = z
  .object({
    ...envelope,
    response: z.object({
      clientDataJSON: bytes(most.clientData),
      attestationObject: bytes(most.attestation),
      transports: z
        .array(z.string().regex(/^[a-z-]{1,32}$/))
        .max(8)
        .default([]),
    }),
    authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  })
  .refine(({ id, rawId }) => rawId.toString('base64url') === id)

export type RegistrationResponse = z.infer<typeof RegistrationResponse>

/** The same of a sign-in. */
export const AssertionResponse = z
  .object({
    ...envelope,
    response: z.object({
      clientDataJSON: bytes(most.clientData),
      authenticatorData: bytes(most.authenticatorData),
      signature: bytes(most.signature),
      userHandle: bytes(most.userHandle).nullish(),
    }),
  })
  .refine(({ id, rawId }) => rawId.toString('base64url') === id)

export type AssertionResponse = z.infer<typeof AssertionResponse>
