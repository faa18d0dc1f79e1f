import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { verifyChallenge as Contract } from '@gatehouse/contract/sign-in-operations'
import type { Client } from '../clients/client.ts'
import type { Context } from '../context.ts'
import type { Accepted } from '../factors/verify-factor.ts'
import type { Write } from '../storage/write.ts'
import type { UserRow } from '../users/get-user.ts'
import type { ChallengeRow } from './challenge.store.ts'

/** A challenge with a proof that answers it. */
export interface Answered {
  readonly ctx: Context
  readonly client: Client
  readonly challenge: ChallengeRow
  readonly user: UserRow
  readonly judged: Accepted
  readonly input: Parsed<typeof Contract>
}

/** What the purpose of a challenge gives for the proof: changes that belong to its commit, and the answer. */
export interface Opened<Answer = Output<typeof Contract>> {
  readonly writes: readonly Write[]
  readonly answer: Answer
  /** When the commit stands. */
  readonly after?: () => void
}
