import type { ProblemCode } from '@gatehouse/contract/problems'
import type { ZodType } from 'zod'
import type { UserId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'

/**
 * One way to prove possession. A factor decides; it never reads, writes or sends.
 * `Data` is JSON: what a factor returns may be stored as text, and comes back through the schema `data`.
 */
export interface Factor<Data, Kept, Response, Options> {
  readonly type: string
  /** What the owner may choose when the factor is enrolled. */
  readonly options: ZodType<Options>
  /** The stored credential: parsed on load, sealed on save. */
  readonly data: ZodType<Data>
  /** What the server remembers between question and answer. Only factors with a `challenge` have it. */
  readonly kept?: ZodType<Kept>
  /** What the client sends as proof. */
  readonly response: ZodType<Response>
  /** What the API calls a proof that has been used before. */
  readonly replayProblem: ProblemCode
  /** What to store, and what to show the user exactly once. The first accepted proof confirms it. */
  enroll(moment: Moment, account: Account, options: Options): Enrollment<Data> | Promise<Enrollment<Data>>
  /** Ask for proof. Factors that need no question leave this out. */
  challenge?(moment: Moment, data: Data): Question<Kept>
  /** Judge the proof. A wrong answer is a verdict, not an exception. */
  verify(moment: Moment, proof: Proof<Data, Kept, Response>): Verdict<Data> | Promise<Verdict<Data>>
}

/** A factor whose kind is known at run time only. Its own schemas stand between it and the values it is given. */
export type AnyFactor = Factor<unknown, unknown, unknown, unknown>

/** Whose factor it is, in the words that its owner will read in an authenticator app. */
export interface Account {
  readonly userId: UserId
  /** The e-mail address. */
  readonly label: string
  /** The name of the service. */
  readonly issuer: string
}

export interface Enrollment<Data> {
  readonly data: Data
  /** In the shape of the API. Holds secrets: it is answered once, and neither stored nor logged. */
  readonly shown: Readonly<Record<string, unknown>>
}

export interface Question<Kept> {
  readonly kept: Kept
  /** In the shape of the API. */
  readonly shown?: Readonly<Record<string, unknown>>
}

/** All that a factor may know when it judges. */
export interface Proof<Data, Kept, Response> {
  readonly data: Data
  /** What the factor's `challenge` kept, when it has one. */
  readonly kept?: Kept
  readonly response: Response
}

/** On acceptance `data` replaces the stored data, unless another request got there first. */
export type Verdict<Data> =
  | { readonly accepted: true; readonly data: Data }
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
export type Diagnosis = Readonly<Record<string, string | number>>
