#!/usr/bin/env node
// Starts the command on a Node that can run it. In a checkout that is the source as it stands, in an installed package
// the built program.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findNode } from './find-node.mjs'
import { nodeOptions } from './node-options.mjs'
import { runCommand } from './run-command.mjs'

const home = join(import.meta.dirname, '..')
const source = join(home, 'src', 'main.ts')
const program = existsSync(source) ? ['--conditions=source', source] : [join(home, 'dist', 'main.js')]

try {
  process.exitCode = await runCommand(findNode(), [
    ...nodeOptions(process.argv[2]),
    ...program,
    ...process.argv.slice(2),
  ])
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
