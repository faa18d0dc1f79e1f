import { accountOperations } from './account-operations.ts'
import { administratorOperations } from './administrator-operations.ts'
import { alertOperations } from './alert-operations.ts'
import { auditOperations } from './audit-operations.ts'
import { clientOperations } from './client-operations.ts'
import { disownSignIn } from './disown-operations.ts'
import { factorOperations } from './factor-operations.ts'
import { redeemCode } from './hosted-operations.ts'
import { levelOperations } from './level-operations.ts'
import { logOperations } from './log-operations.ts'
import { meOperations } from './me-operations.ts'
import { messageOperations } from './message-operations.ts'
import type { Operation } from './operation.ts'
import { policyOperations } from './policy-operations.ts'
import { pushOperations } from './push-operations.ts'
import { recoveryOperations } from './recovery-operations.ts'
import { registrationOperations } from './registration-operations.ts'
import { sandboxOperations } from './sandbox-operations.ts'
import { sessionOperations } from './session-operations.ts'
import { signInOperations } from './sign-in-operations.ts'
import { simulatePolicy } from './simulation-operations.ts'
import { tokenOperations } from './token-operations.ts'
import { userOperations } from './user-operations.ts'
import { verificationOperations } from './verification-operations.ts'
import { webhookOperations } from './webhook-operations.ts'

/** Every operation that is served: those of client applications, of people on their own account, and of their devices. */
export const everyOperation: readonly Operation[] = [
  ...signInOperations,
  ...sessionOperations,
  ...verificationOperations,
  ...userOperations,
  ...factorOperations,
  ...recoveryOperations,
  ...logOperations,
  ...clientOperations,
  ...policyOperations,
  ...tokenOperations,
  ...sandboxOperations,
  ...accountOperations,
  ...registrationOperations,
  ...auditOperations,
  ...messageOperations,
  ...webhookOperations,
  ...alertOperations,
  ...levelOperations,
  simulatePolicy,
  disownSignIn,
  redeemCode,
  ...meOperations,
  ...pushOperations,
  ...administratorOperations,
]
