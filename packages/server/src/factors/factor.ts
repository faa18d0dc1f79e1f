import type { Action } from '@gatehouse/contract/action'
import type { DiagnosisWord } from '@gatehouse/contract/diagnoses'
import type { Message, MessageContent } from '@gatehouse/contract/messages'
import type { Method } from '@gatehouse/contract/methods'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { PushTransport } from '@gatehouse/contract/push-operations'
import type { FactorType } from '@gatehouse/contract/resources'
import type { ZodType } from 'zod'
import type { UserId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'

/**
 * One way to prove possession. A factor decides; it never reads, writes or sends.
 * `Data` and `Kept` are JSON: what a factor returns is stored as text, and comes back through its schemas.
 */
export interface Factor<Data, Kept, Response, Options> {
  readonly type: FactorType
  /** What an accepted proof is evidence of. */
  readonly proves: readonly Method[]
  /** What the owner may choose when the factor is enrolled. */
  readonly options: ZodType<Options>
  /** The stored credential: parsed on load, sealed on save. */
  readonly data: ZodType<Data>
  /** What the server remembers between question and answer. Only factors that ask have it. */
  readonly kept?: ZodType<Kept>
  /** What the client sends as proof. */
  readonly response: ZodType<Response>
  /** What the first proof looks like, where it is not like all later ones. */
  readonly firstResponse?: ZodType<Response>
  /** One question for all factors of this type that a person has, such as all their passkeys; else one for each. */
  readonly asksForAny?: true
  /**
   * Its question rings on a device of its owner, which answers it by itself: how often that may be is counted for each
   * person, and whoever signs in has nothing to send but claims what the device has approved.
   */
  readonly disturbs?: true
  /** It is gone with its first accepted proof. */
  readonly isGoodOnce?: true
  /** What the API calls a proof that has been used before, where a proof outlives its use. */
  readonly replayProblem?: ProblemCode
  /** What to store, and what to show the user exactly once. The first accepted proof confirms it. */
  enroll(moment: Moment, owner: Owner<Data>, options: Options): Enrollment<Data, Kept> | Promise<Enrollment<Data, Kept>>
  /** Ask for proof. Factors that need no question leave this out. */
  challenge?(moment: Moment, data: Data, owner: Owner<Data>): Question<Kept> | Promise<Question<Kept>>
  /** Judge the first proof, where it is not like all later ones. */
  confirm?(moment: Moment, proof: Proof<Data, Kept, Response>): Verdict<Data> | Promise<Verdict<Data>>
  /**
   * What is left of it when a backup takes the place of what came after: proofs may have been used since of which nobody
   * knows. Undefined: nothing. Left out where every proof answers a question of ours, because those are gone.
   */
  restore?(moment: Moment, data: Data): Data | undefined
  /** What its address is told when it is no factor any more. */
  farewell?(data: Data): Letter
  /** Judge the proof. A wrong answer is a verdict, not an exception. */
  verify(moment: Moment, proof: Proof<Data, Kept, Response>): Verdict<Data> | Promise<Verdict<Data>>
}

/** A factor whose kind is known at run time only. Its own schemas stand between it and the values it is given. */
export type AnyFactor = Factor<unknown, unknown, unknown, unknown>

/** Whose factor it is, in the words that its owner will read in an authenticator app. */
export interface Account {
  readonly userId: UserId
  /** What they know their account by. */
  readonly label: string
  /** Where they read mail, if it is known. */
  readonly email?: string | null
  /** The name of the service. */
  readonly issuer: string
  /** A user of a test tenant: some addresses get a code that is known. */
  readonly isTest?: boolean
}

export interface Owner<Data> extends Account {
  /** The active factors of this type that the owner has already. */
  readonly owned: readonly Data[]
  /** Who is asking, where somebody does. */
  readonly occasion?: Occasion
}

/** What a person is told of a question on another device than the one that they sign in with. */
export interface Occasion {
  /** What the client application is called. */
  readonly application: string
  /** What the proof is to approve, where it is one thing: the question shows it. */
  readonly action: Action | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

export interface Enrollment<Data, Kept> {
  readonly data: Data
  /** In the shape of the API. Holds secrets: it is answered once, and neither stored nor logged. */
  readonly shown: Readonly<Record<string, unknown>>
  /** What the owner knows it by, if they give it no name. Not secret. */
  readonly label?: string
  /** Unique in the tenant: a serial number. */
  readonly handle?: string
  /** The question that the first proof answers. */
  readonly question?: Question<Kept>
}

/** A question is answered once. A new one takes the place of the one before it. */
export interface Question<Kept> {
  readonly kept: Kept
  /** How many answers it takes before it is dead. */
  readonly tries: number
  readonly lifeSeconds: number
  /** In the shape of the API. */
  readonly shown?: Readonly<Record<string, unknown>>
  /** How the device that it rings on is told of it. */
  readonly transport?: PushTransport
  /** Sent in the commit that keeps the question; it dies with it. */
  readonly send?: Letter
}

/** What goes out to one address. */
export type Letter = MessageContent & Pick<Message, 'channel' | 'to'>

/** All that a factor may know when it judges. */
export interface Proof<Data, Kept, Response> {
  readonly data: Data
  /** What was kept of the question. A factor that asks is never judged without one. */
  readonly kept?: Kept
  readonly response: Response
}

/** On acceptance `data` replaces the stored data, unless another request got there first. */
export type Verdict<Data> =
  | {
      readonly accepted: true
      readonly data: Data
      /** What this proof is evidence of, where it is not always the same. */
      readonly proves?: readonly Method[]
      /** Unique in the tenant: what the factor is found by from now on. Of a first proof only. */
      readonly handle?: string
      /** After how long it must be enrolled again. Of a first proof only. */
      readonly goodForDays?: number
    }
  | {
      readonly accepted: false
      readonly reason: 'mismatch' | 'replay' | 'expired'
      /**
       * What the wrong proof looks like: "the code of three steps ago". For the record, and for a user who is signed in
       * and enrolling. Never part of an answer to somebody who has not proven who they are: it would help to guess.
       */
      readonly diagnosis?: Diagnosis | undefined
    }

/** Facts without anything secret, in the form of an event's data. */
export interface Diagnosis extends Readonly<Record<string, string | number>> {
  readonly looks_like?: DiagnosisWord
}
