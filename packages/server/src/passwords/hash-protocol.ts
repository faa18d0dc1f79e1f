/** What one argon2id hash may cost (RFC 9106, section 3.1); always with one lane. */
export interface HashCost {
  readonly memoryKib: number
  readonly passes: number
}

/** What the process that hashes is asked. It is told the secrets each time and keeps none. */
export type HashTask =
  | { readonly kind: 'hash'; readonly password: Uint8Array; readonly pepper: Uint8Array }
  | { readonly kind: 'verify'; readonly password: Uint8Array; readonly pepper: Uint8Array; readonly stored: string }
  /** A hash that another system made, without our pepper. */
  | { readonly kind: 'verify_foreign'; readonly password: Uint8Array; readonly stored: string }

export type HashResult =
  | { readonly kind: 'hash'; readonly hash: string }
  /** `weak`: less than the current cost, or another kind of hash. */
  | { readonly kind: 'verify'; readonly matches: boolean; readonly weak: boolean }
  /** Without a reason: what went wrong may contain what was asked. */
  | { readonly kind: 'failed' }

export interface HashQuestion {
  readonly number: number
  readonly task: HashTask
}

export interface HashAnswer {
  readonly number: number
  readonly result: HashResult
  readonly tookMs: number
}
