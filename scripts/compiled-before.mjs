import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** To compile so few costs a start less than another start would. */
const fewFiles = 20

/**
 * Whether nearly all that a server of this checkout loads is in the compile cache: a start noted so, by the same Node and
 * with the same dependencies, and hardly a source has changed since.
 */
export function isCompiled(cache, root, node) {
  const note = join(cache, 'noted')
  if (!existsSync(note) || readFileSync(note, 'utf8') !== describe(node)) return false
  const notedAt = statSync(note).mtimeMs
  const isNewer = (file) => statSync(join(root, file)).mtimeMs > notedAt
  if (isNewer('package-lock.json')) return false
  return listSources(root).filter(isNewer).length <= fewFiles
}

/** By hand: Node 20, on which this may run, has no `globSync`. */
function listSources(root) {
  const folders = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'src'))
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts'))
}

/** Notes that a server has just been started with this cache. */
export function noteCompiled(cache, node) {
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'noted'), describe(node))
}

/** One Node, without asking it for its version: that takes as long as a small start. */
function describe(node) {
  return `${node} ${statSync(node).size}`
}
