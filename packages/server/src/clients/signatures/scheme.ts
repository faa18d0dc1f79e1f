import type { SecretId } from '../../kernel/ids.ts'
import type { CounterName } from '../../storage/counters.ts'
import type { Client, SigningSecret } from '../client.ts'

/** A request as its signature sees it: nothing decoded, nothing parsed. */
export interface SignedRequest {
  readonly method: string
  /** Path and query as they stand in the request line. */
  readonly target: string
  /** By lower-case name. What came twice is one text with commas, or a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Byte for byte. */
  readonly body: Uint8Array
}

/** Whose signature it must be. */
export type Signer = Pick<Client, 'slug' | 'schemes'> & { readonly secrets: readonly SigningSecret[] }

export type SignatureVerdict =
  | {
      readonly valid: true
      readonly secretId: SecretId
      /**
       * What must not be seen again from this client, or the digest that must not be seen again at all. Undefined if the
       * signature covers nothing but the time: it may read, again and again.
       */
      readonly once: CounterName | undefined
    }
  | {
      readonly valid: false
      readonly reason: 'missing' | 'invalid' | 'out_of_range' | 'not_allowed'
      /** What is wrong with the form of it, for the developer who signs. It says nothing that depends on a secret. */
      readonly detail?: string
    }

/**
 * One way to sign. The time is judged after the signature, so that only the holder of a secret learns about our clock.
 * The texts that two schemes sign never begin alike, so that no signature of one is a signature of the other.
 */
export type Scheme = (client: Signer, request: SignedRequest, now: Date, skewSeconds: number) => SignatureVerdict

export function refuse(
  reason: 'missing' | 'invalid' | 'out_of_range' | 'not_allowed',
  detail?: string,
): SignatureVerdict {
  return { valid: false, reason, ...(detail !== undefined && { detail }) }
}
