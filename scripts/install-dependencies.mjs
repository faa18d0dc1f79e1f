import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../packages/cli/bin/run-command.mjs'

/** Runs `npm ci` unless node_modules already is what package-lock.json says. Resolves to npm's exit code. */
export async function installDependencies(root) {
  if (isInstalled(root)) return 0
  console.log('Installing what is needed (once, about 30 seconds) …')
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  // The tools and the packaged Node are needed whatever the machine's settings leave out.
  const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const [command, ...args] = [...npm, 'ci', ...options]
  const code = await runCommand(command, args, { cwd: root })
  if (code !== 0) console.error('The installation did not finish. Run the same command again to repeat it.')
  return code
}

/**
 * Compares with the list that npm leaves in node_modules as the last act of an installation: an interrupted one has
 * none, and one made on another system lacks what this one needs.
 */
function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const found = readPackages(join(root, 'node_modules', '.package-lock.json'))
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || !isNeededHere(entry)) return true
    return found[path] !== undefined && found[path].integrity === entry.integrity
  })
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return {}
  }
}

/** Optional packages are needed where they name this system; of those for one C library npm takes the right one. */
function isNeededHere({ optional, os, cpu, libc }) {
  if (!optional) return true
  if (os === undefined || libc !== undefined) return false
  return [os].flat().includes(process.platform) && [cpu ?? process.arch].flat().includes(process.arch)
}
