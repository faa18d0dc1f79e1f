import { problems } from '@gatehouse/contract/problems'
import { Fault } from '@gatehouse/server/kernel/fault'
import { type Command, CommanderError } from 'commander'

/** Errors of the command and of all within it come back to whoever runs it. */
export function exitOnFault(command: Command): void {
  command.exitOverride()
  for (const each of command.commands) exitOnFault(each)
}

/**
 * Says what went wrong, and answers the exit code: 2 where the command was not understood, else 1. Commander's own complaints
 * are printed already; ours are one sentence without a stack.
 */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  console.error(`gatehouse: ${describe(error)}`)
  return 1
}

function describe(error: unknown): string {
  if (!(error instanceof Fault)) return error instanceof Error ? describeError(error) : String(error)
  const { title, fix } = problems[error.code]
  return `${error.options.detail ?? title} (${error.code}). ${error.options.hint ?? fix}`
}

/** What the system says of a file is for programmers. */
function describeError(error: NodeJS.ErrnoException): string {
  const { code, path, message } = error
  if (path === undefined || code === undefined || !message.startsWith(code)) return message
  if (code === 'ENOENT') return `${path} cannot be read: there is no such file`
  if (code === 'EISDIR') return `${path} cannot be read: it is a folder`
  return code === 'EACCES' ? `${path} cannot be used: permission denied` : message
}
