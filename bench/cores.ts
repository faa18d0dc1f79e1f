import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Who runs where: a server and the load on it must not take time from each other. */
export interface Cores {
  readonly servers: string
  readonly load: string
}

/** The first processor for the servers and the last for the load; undefined where there is one, or no `taskset`. */
export function pickCores(): Cores | undefined {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const [servers = ''] = allowed.split(/[-,]/)
  const load = allowed.split(/[-,]/).at(-1) ?? ''
  return servers === load ? undefined : { servers, load }
}
