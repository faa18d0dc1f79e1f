/** A request, as far as a guard looks at it. Header names are in lower case. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly ip: string | undefined
  header(name: string): string | undefined
}
