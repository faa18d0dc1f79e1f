import type { IncomingHttpHeaders } from 'node:http'
import type { Caller, Operation, Scope } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { Client } from '../clients/client.ts'
import type { SecretUses } from '../clients/secret-uses.ts'
import type { Administrator, Bearer } from '../context.ts'
import type { Admitted, KeptAnswers } from '../idempotency/kept-answers.ts'
import type { Id, SecretId } from '../kernel/ids.ts'
import type { Leases } from '../kernel/leases.ts'
import type { Moment, World } from '../kernel/moment.ts'
import type { FindPlace } from '../kernel/place.ts'
import type { RefusalTally } from '../log/refusal-tally.ts'
import type { ClientTokens } from '../oauth/client-tokens.ts'
import type { SecondFactor } from '../sessions/second-factor.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { CounterName, Owed } from '../storage/counters.ts'
import type { Storage } from '../storage/storage.ts'
import type { Entrance, Origin } from './entrance.ts'

/** What the layers stand on. */
export interface House {
  readonly world: World
  readonly nameRequest: (now: Date) => Id<'req'>
  readonly policy: Policy
  readonly storage: Storage
  readonly clients: Leases<Client>
  readonly clientTokens: ClientTokens
  readonly secretUses: SecretUses
  readonly publicUrl: string
  readonly sessions: Sessions
  readonly secondFactor: SecondFactor
  readonly answers: KeptAnswers
  readonly entrance: Entrance
  readonly findPlace: FindPlace
  readonly refusals: RefusalTally
  /** Epoch milliseconds; nothing is answered before. Zero unless a backup was restored a moment ago. */
  readonly opensAt: number
  /** Tells the operator of a failure that is ours. Never of a body or a secret. */
  readonly reportFailure: (error: unknown, requestId: string) => void
}

/** One request on its way in. Each layer reads what the ones before it found out and writes down what it found out itself. */
export interface Call {
  readonly operation: Operation
  readonly requestId: string
  readonly moment: Moment
  /** Path and query as they stand in the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly origin: Origin
  readonly parameters: Readonly<Record<string, string>>
  /** As it stands in the request line, after the question mark. */
  readonly query: string
  /** The machine that calls; until that is known, the one at the other end of the connection. */
  address: string
  /** The client that the call says it is from, and whose list admits the address. Anybody there can say so. */
  claimed: Client | undefined
  /** What the token is good for that it shows in place of a signature; undefined for a signed call. */
  granted: ReadonlySet<Scope> | undefined
  /** The client that has signed the call, or whose token it shows. */
  client: Client | undefined
  /** The person who calls for themselves. */
  bearer: Bearer | undefined
  /** The administrator who calls. */
  administrator: Administrator | undefined
  /** The secret that it is signed with. */
  secretId: SecretId | undefined
  /** The body, byte for byte. */
  body: Uint8Array
  /** Path parameters and query or body, parsed against the contract. */
  input: Readonly<Record<string, unknown>>
  /** What of the signature must not be seen again, as its verdict says it. */
  signatureOnce: CounterName | undefined
  /** What has become of a request with an Idempotency-Key; undefined for one without. */
  admitted: Admitted | undefined
  /** Headers that the layers add to the answer, whatever it is. */
  readonly answerHeaders: Record<string, string>
  readonly owed: Owed[]
}

/** One wall. It lets the call pass or throws a Fault. */
export interface Layer {
  readonly name: string
  /** Before the body is read, or after. */
  readonly stage: 'head' | 'body'
  /** Which columns of callers meet it. */
  readonly callers: readonly Caller[]
  readonly pass: (call: Call, house: House) => void | Promise<void>
}
