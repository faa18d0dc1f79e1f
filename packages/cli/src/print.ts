/** What every command takes that a program may call as well. */
export interface Printed {
  readonly json?: boolean | undefined
}

/** One JSON object for a program, words for people. */
export function print({ json }: Printed, value: unknown, words: string): void {
  console.log(json ? JSON.stringify(value) : words)
}
