import { accountOperations } from './account-operations.ts'
import { alertOperations } from './alert-operations.ts'
import { auditOperations } from './audit-operations.ts'
import { disownSignIn } from './disown-operations.ts'
import { meOperations } from './me-operations.ts'
import { messageOperations } from './message-operations.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'
import { pushOperations } from './push-operations.ts'
import { simulatePolicy } from './simulation-operations.ts'
import { webhookOperations } from './webhook-operations.ts'

/** Every operation that is served: those of client applications, of people on their own account, and of their devices. */
export const everyOperation: readonly Operation[] = [
  ...operations,
  ...accountOperations,
  ...auditOperations,
  ...messageOperations,
  ...webhookOperations,
  ...alertOperations,
  simulatePolicy,
  disownSignIn,
  ...meOperations,
  ...pushOperations,
]
