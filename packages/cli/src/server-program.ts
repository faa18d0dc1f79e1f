import { Command } from 'commander'
import { exitOnFault } from './report-error.ts'
import { devCommand, serveCommand } from './serve.ts'

/** As much of the command as runs a server. */
export function serverProgram(): Command {
  const program = new Command('gatehouse').addCommand(devCommand()).addCommand(serveCommand())
  exitOnFault(program)
  return program
}
