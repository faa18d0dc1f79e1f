import { execFile } from 'node:child_process'
import { surroundings } from './surroundings.ts'

/** Beside the program itself. */
interface Surroundings {
  /** What it reads from its standard input. */
  readonly input: string
  /** Its whole environment, but for `surroundings`. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** The standard output of a program. This process goes on meanwhile, so that a server in it can answer the program. */
export function runProgram(
  program: string,
  args: readonly string[],
  { input, env = {}, cwd = process.cwd() }: Surroundings,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...env, ...surroundings() } }
    const child = execFile(program, args, options, (error, output) => (error ? reject(error) : resolve(output)))
    child.stdin?.end(input)
  })
}
