/** How a request may be signed, from the classic scheme to the strongest. A client application names those that it uses. */
export const signatureSchemes = ['v1', 'v2', 'rfc9421'] as const
export type SignatureScheme = (typeof signatureSchemes)[number]

/** How a client application may prove itself: by signing each request, or by a token that it fetches (OAuth 2.0). */
export const clientSchemes = [...signatureSchemes, 'oauth'] as const
export type ClientScheme = (typeof clientSchemes)[number]
