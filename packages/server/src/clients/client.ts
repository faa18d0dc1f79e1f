import type { ClientLimit, Scope } from '@gatehouse/contract/operation'
import type { PublicKey } from '@gatehouse/contract/public-key'
import type { ClientScheme } from '@gatehouse/contract/signature-scheme'
import type { Mac } from '../crypto/hmac-sha256.ts'
import type { ClientId, SecretId, TenantId } from '../kernel/ids.ts'
import type { AllowList } from './allow-list.ts'

/** A client application, ready to be asked: its secrets are open, its list is built. */
export interface Client {
  readonly id: ClientId
  readonly tenantId: TenantId
  /** Whether its tenant is for tests. That never changes. */
  readonly isTest: boolean
  /** What X-Client-Id carries, and `client_system` in the record. */
  readonly slug: string
  readonly name: string
  readonly allowList: AllowList
  readonly scopes: ReadonlySet<Scope>
  /** How it proves itself. What it does not name is refused, so that it cannot be moved down. */
  readonly schemes: ReadonlySet<ClientScheme>
  /** The keys of its assertions (RFC 7523). */
  readonly publicKeys: readonly PublicKey[]
  /** Where a browser may be sent back to. */
  readonly redirectUris: readonly string[]
  /** Gives `sub` as a number, as classic verifiers want it. */
  readonly numericSub: boolean
  /** May read the keys of its tokens, to verify them itself. */
  readonly localVerification: boolean
  /** Which of its token keys is in use, counted from 0. */
  readonly tokenKeyNumber: number
  /** Requests in a minute, where they differ from the policy's; `total` over all classes and sources, which the policy does not limit. */
  readonly limits: RateLimits
  /** Newest first; two while one replaces the other. */
  readonly secrets: readonly ClientSecret[]
}

export type RateLimits = Readonly<Partial<Record<ClientLimit, number>>>

/** A secret as a signature is judged by it. */
export interface SigningSecret {
  readonly id: SecretId
  /** What signs under it. */
  readonly mac: Mac
  /** Epoch milliseconds; null while it is the newest. */
  readonly expiresAt: number | null
}

export interface ClientSecret extends SigningSecret {
  /** Epoch milliseconds, to the hour. */
  readonly lastUsedAt: number | null
}
