import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes that typed arrays hold, of those that somebody still needs. */
export function readArrayBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  // Memory is given back beside us; the next collection waits for that.
  for (let round = 0; round < 3; round++) collect()
  return process.memoryUsage().arrayBuffers
}
