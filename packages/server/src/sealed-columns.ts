import { sealedClientSecrets } from './clients/home-of-secret.ts'
import { sealedQuestions } from './factors/ask-question.ts'
import { sealedFactors } from './factors/stored-factor.ts'
import { sealedSeeds } from './hardware-tokens/stock.ts'
import { sealedAnswers } from './idempotency/kept-answers.ts'
import type { SealedColumn } from './keys/sealed-column.ts'
import { sealedMessages } from './messages/sealed-message.ts'
import { sealedForeignHashes } from './passwords/passwords.ts'
import { sealedSessions } from './sessions/session-secret.ts'
import { sealedWebhookSecrets } from './webhooks/webhook-secrets.ts'

/** Everything in the database that is sealed by a data key. */
export const sealedColumns: readonly SealedColumn[] = [
  sealedClientSecrets,
  sealedFactors,
  sealedSeeds,
  sealedForeignHashes,
  sealedWebhookSecrets,
  sealedSessions,
  sealedMessages,
  sealedAnswers,
  sealedQuestions,
]
