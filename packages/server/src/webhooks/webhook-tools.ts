import type { Policy } from '@gatehouse/contract/policy'
import type { Keyring } from '../keys/keyring.ts'
import type { WebhookReach } from './webhook-url.ts'

/** What the operations of this slice stand on. */
export interface WebhookTools {
  readonly keys: Keyring
  readonly policy: Policy
  readonly reach: WebhookReach
}
