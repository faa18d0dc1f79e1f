import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program written by others that says whether we keep to a standard. */
export interface Judge {
  /** Why it cannot be asked, in words for `not checked: … (…)`; undefined if it can. */
  readonly missing: string | undefined
  /** Where it is. */
  readonly path: string
  /** Its standard output as it is. Throws with its standard error if it fails. */
  run(args: readonly string[], input?: string | Uint8Array): string
}

/**
 * Looks for an independent program. On a developer's machine it may be missing: the test then says so in one line and
 * returns. With `CI` set a missing one is an error, so that what CI passes has been checked.
 */
export function judge(program: string, debianPackage: string): Judge {
  const path = findProgram(program)
  const missing = path !== undefined ? undefined : `${program} is missing; apt-get install ${debianPackage}`
  if (missing !== undefined && process.env['CI']) throw new Error(missing)
  return {
    missing,
    path: path ?? program,
    run: (args, input = '') => execFileSync(program, args, { input, encoding: 'utf8', stdio: 'pipe' }),
  }
}

function findProgram(program: string): string | undefined {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program))
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
