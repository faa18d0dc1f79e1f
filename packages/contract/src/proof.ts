import { z } from 'zod'

/** A proof: what a person typed, or what a device answered. */
export const proof = {
  code: z.string().max(256).optional().meta({ description: 'A code, as it was typed' }),
  response: z
    .record(z.string().max(64), z.unknown())
    .optional()
    .meta({ description: 'What the browser or the device answered (webauthn), in place of `code`' }),
}

/** For `refine`: one of the two. */
export const hasOneProof = ({ code, response }: { code?: unknown; response?: unknown }) =>
  (code === undefined) !== (response === undefined)

/** For `refine`: at most one of the two. */
export const hasNoTwoProofs = ({ code, response }: { code?: unknown; response?: unknown }) =>
  code === undefined || response === undefined
export const noTwoProofs = { path: ['code'], message: 'code and response do not go together' }
export const oneProof = { path: ['code'], message: 'either code or response is needed' }
