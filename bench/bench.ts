import type { Report } from './figures.ts'
import type { Load } from './load.ts'
import type { Person } from './people.ts'
import type { Engine, Site } from './site.ts'
import type { Workshop } from './workshop.ts'

/** What every measurement is given. */
export interface Bench {
  readonly workshop: Workshop
  readonly load: Load
  /** How often a comparison is repeated. */
  readonly rounds: number
  /** How long a batch is, against the usual. */
  readonly scale: number
  readonly report: Report
  readonly engines: readonly Engine[]
  /** The numbers of the targets that are asked for: P1, P3 and so on. */
  readonly wanted: ReadonlySet<string>
}

/** A site with people who may sign in, and tokens of some who have. */
export interface Populated<S extends Site = Site> {
  readonly site: S
  readonly people: readonly Person[]
  readonly tokens: readonly string[]
}
