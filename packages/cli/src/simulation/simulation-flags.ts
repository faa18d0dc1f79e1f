/** What a simulation is told. */
export interface SimulationFlags {
  readonly days: number
  readonly users?: number
  readonly seed: number
  readonly times: number
  readonly only?: string
  readonly ip?: string
  readonly json?: boolean
}
