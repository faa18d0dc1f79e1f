import type { TestContext } from 'node:test'
import type { Command } from 'commander'
import { gatehouseProgram } from './program.ts'
import { reportError } from './report-error.ts'

type Environment = Readonly<Record<string, string>>

/** Runs a command as main.ts does, in this process: what it prints, and its exit code. One at a time. */
export async function gatehouse(t: TestContext, args: readonly string[], env: Environment = {}) {
  const said = { status: 0, stdout: '', stderr: '' }
  const toOut = (text: string) => {
    said.stdout += text
  }
  const toErr = (text: string) => {
    said.stderr += text
  }
  const log = t.mock.method(console, 'log', (text: string) => toOut(`${text}\n`))
  const error = t.mock.method(console, 'error', (text: string) => toErr(`${text}\n`))
  const before = process.env
  process.env = { ...env }
  try {
    await writeTo(gatehouseProgram(), toOut, toErr).parseAsync(args, { from: 'user' })
    said.status = Number(process.exitCode ?? 0)
  } catch (fault) {
    said.status = reportError(fault)
  } finally {
    process.exitCode = 0
    process.env = before
    log.mock.restore()
    error.mock.restore()
  }
  return said
}

/** A way to run commands in this process as execFile does in another: what fails rejects with what it has printed. */
export function gatehouseHere(t: TestContext, env: Environment) {
  return async (...args: string[]) => {
    const { status: code, stdout, stderr } = await gatehouse(t, args, env)
    if (code !== 0) throw Object.assign(new Error(stderr), { code, stdout, stderr })
    return { stdout, stderr }
  }
}

/** Where the help and the complaints of a command and of all within it go. */
function writeTo(command: Command, writeOut: (text: string) => void, writeErr: (text: string) => void): Command {
  for (const each of command.commands) writeTo(each, writeOut, writeErr)
  return command.configureOutput({ writeOut, writeErr })
}
