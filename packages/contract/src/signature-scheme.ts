/** How a request may be signed, from the classic scheme to the strongest. A client application names those that it uses. */
export const signatureSchemes = ['v1', 'v2', 'rfc9421'] as const
export type SignatureScheme = (typeof signatureSchemes)[number]
