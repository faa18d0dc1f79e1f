import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY

/**
 * Runs a command in our place: same terminal unless `options` (those of `spawn`) say otherwise, our signals passed on.
 * Resolves to its exit code, 128 + n after signal n as a shell counts.
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options })
    const pass = {
      // A terminal has already given ctrl-C to the child too, and a second one often means "without tidying up".
      SIGINT: () => onTerminal || child.kill('SIGINT'),
      SIGHUP: () => onTerminal || child.kill('SIGHUP'),
      SIGTERM: () => child.kill('SIGTERM'),
    }
    for (const [signal, listener] of Object.entries(pass)) process.on(signal, listener)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      for (const [name, listener] of Object.entries(pass)) process.off(name, listener)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}
