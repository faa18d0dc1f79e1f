import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const system = `${process.platform}-${process.arch}`
/** Their names, not the link in .bin: npm 10 does not make it. */
const packages = [`node-${system}`, `node-bin-${system}`]

/** The path of a Node that runs Gatehouse: the running one if it is new enough, else the one npm brought along. */
export function findNode() {
  if (isNewEnough(process.version)) return process.execPath
  for (let folder = import.meta.dirname; dirname(folder) !== folder; folder = dirname(folder)) {
    for (const name of packages) {
      const node = join(folder, 'node_modules', name, 'bin', 'node')
      if (existsSync(node) && isNewEnough(askVersion(node))) return node
    }
  }
  throw new Error(
    `Gatehouse needs Node 24.12 or newer, this is ${process.version}, and npm brought none that runs on this ` +
      `machine (${system}). Install Node 26 from nodejs.org and run this again.`,
  )
}

function isNewEnough(version) {
  const [major, minor] = version.slice(1).split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 12)
}

/** A program for another C library is there and does not run. */
function askVersion(node) {
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return 'v0.0'
  }
}
