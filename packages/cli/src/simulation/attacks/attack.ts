import type { Finding, Stage, Traces } from '../stage.ts'

export interface AttackOptions {
  /** The address of the attacker, where it is one. */
  readonly ip?: string | undefined
  /** How many accounts are attacked, where it is not one. */
  readonly users?: number | undefined
}

/** Something that happens to accounts, and what has to find it. */
export interface Attack {
  readonly name: string
  readonly sentence: string
  readonly foundBy: readonly Finding[]
  /** Why it is not for a server that goes by the clock of the machine. */
  readonly needs?: 'hours' | 'other rules'
  run(stage: Stage, options: AttackOptions): Promise<Traces>
}
