/** A token as the file of its maker describes it. */
export interface TokenSeed {
  readonly serial: string
  readonly secret: Uint8Array
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
  readonly digits: number
  /** Of its next code. */
  readonly counter: string
}

/** What was read of a file, or one sentence for each thing that is wrong with it. */
export type SeedFile =
  | { readonly ok: true; readonly seeds: readonly TokenSeed[] }
  | { readonly ok: false; readonly errors: readonly string[] }
