import { Fault } from '../kernel/fault.ts'

/** Too much waits already. Thrown before anything is sent. */
export function overloaded(): Fault {
  return new Fault('overloaded', { retryAfterSeconds: 1 })
}

/** The database cannot write, or not be reached. */
export function storageUnavailable(cause: unknown): Fault {
  return new Fault('storage_unavailable', { retryAfterSeconds: 1, cause })
}

/** A statement failed by itself, on a database that is well: a mistake in the program, or a constraint it broke. */
export function statementFailed(message: string, cause: unknown): Error {
  return new Error(`A statement failed and its commit left no trace: ${message}`, { cause })
}
