import type { AlertRuleName } from '@gatehouse/contract/alerts'
import type { Gatehouse } from '@gatehouse/sdk'
import type { Chance } from './chance.ts'

/** Where people and attackers act: a server in this process whose clock can be moved, or one that runs. */
export interface Stage {
  readonly url: string
  /** As an application of a test tenant. */
  readonly gatehouse: Gatehouse
  /** Somebody who may change rules and close alerts; undefined at a server that runs. */
  readonly keeper: Gatehouse | undefined
  readonly chance: Chance
  now(): Date
  /** Lets time go by: the clock is moved, or waited for. */
  pass(ms: number): Promise<void>
  /** Waits until what has happened so far is read by all who read the record. */
  settle(): Promise<void>
  /** How long an alert is waited for; 0 where it is there as soon as all is read. */
  readonly patienceMs: number
  /** Says what goes on. */
  say(text: string): void
}

/** Whom an attack was about, and where it came from: its alerts are found by these. */
export interface Traces {
  readonly users: readonly string[]
  readonly sources: readonly string[]
}

/** What shows that an attack was found: an alert, or a reason in the record that was known before the answer left. */
export type Finding = { readonly alert: AlertRuleName } | { readonly reason: string }
