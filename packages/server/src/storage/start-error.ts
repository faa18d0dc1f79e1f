/**
 * Why a server cannot start, for the person who starts it: one sentence that says what happened and what to do. Told by
 * its name, `StartError`; whoever prints it leaves the stack out.
 */
export function startError(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { name: 'StartError' })
}
