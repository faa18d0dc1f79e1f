import type { Keyring } from '../keys/keyring.ts'
import type { AgeLimits } from './secret-age.ts'

/** What the operations on clients stand on. */
export interface ClientTools {
  readonly keys: Keyring
  readonly policy: AgeLimits
  /** Called with the slug of a client that has changed: this node must not go by what it remembers. */
  readonly forget: (slug: string) => void
}
