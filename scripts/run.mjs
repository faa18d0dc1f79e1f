// The one entry of npm start, test, run attack, run check, run build, run demo and run bench. It runs on Node 20 and without
// dependencies, because it is what brings the dependencies and the pinned Node.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { findNode } from '../packages/cli/bin/find-node.mjs'
import { nodeOptions } from '../packages/cli/bin/node-options.mjs'
import { runCommand } from '../packages/cli/bin/run-command.mjs'
import { isCompiled, noteCompiled } from './compiled-before.mjs'
import { installDependencies } from './install-dependencies.mjs'
import { listAttacks, listQuickTests, listTests } from './list-tests.mjs'

const root = join(import.meta.dirname, '..')
const bin = join(root, 'node_modules', '.bin')
/** The native one, for less than half of the processor time. Tools that look into types from within need the other, `typescript`. */
const compiler = join(root, 'node_modules', 'typescript-7', 'bin', 'tsc')
const program = [...nodeOptions('dev'), '--conditions=source', 'packages/cli/src/main.ts']
// Source that was compiled before starts in two thirds of the time and with a fifth less memory.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'node')
let node

const tasks = {
  start: async (args) => {
    await compileOnce()
    return run([...program, 'dev', ...args])
  },
  test: (args) => run(testCommand(args)),
  attack: (args) => run(testCommand(['--test-reporter=./test/attacks/report.ts', ...listAttacks(args)])),
  check: (args) => check(args.length > 0 ? args : Object.keys(checks)),
  build: (args) => run([compiler, '-b', ...args]),
  demo: (args) => run(['--conditions=source', 'packages/cli/src/demo.ts', ...args]),
  bench: async (args) => (await tasks.build([])) || run(['bench/run.ts', ...args]),
}

const checks = {
  biome: () => [join(bin, 'biome'), 'ci', '--error-on-warnings', '--colors=off'],
  tsc: () => [compiler, '-b'],
  oxlint: () => [join(bin, 'oxlint'), '--type-aware', '--deny-warnings'],
  tests: () => testCommand(listQuickTests()),
  knip: () => [join(bin, 'knip')],
}

/** Starts a server once that then ends, on data of its own: the first real one would keep the memory that compiling takes. */
async function compileOnce() {
  const cache = process.env.NODE_COMPILE_CACHE
  if (isCompiled(cache, root, node)) return
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-first-'))
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('GATEHOUSE_'))
  const settings = { GATEHOUSE_PORT: '0', GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const env = { ...process.env, ...Object.fromEntries(foreign.map((name) => [name, undefined])), ...settings }
  try {
    const server = spawn(node, [...program, 'dev'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
    server.stdout.on('data', (text) => String(text).includes('ready on') && server.kill())
    await once(server, 'exit')
    noteCompiled(cache, node)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(args, options) {
  return runCommand(node, args, options)
}

function testCommand(args) {
  const reporter = args.some((arg) => arg.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec']
  const runner = ['--conditions=source', '--test', `--test-concurrency=${availableParallelism()}`, ...reporter]
  return ['scripts/with-postgres.mjs', '--in-memory', node, ...runner, ...listTests(args)]
}

/** Says one line for each check, and after the first that fails what that one had to say. */
async function check(names) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-check-'))
  try {
    for (const name of names) {
      if (checks[name] === undefined) throw new Error(`There is no check "${name}". There are ${Object.keys(checks)}.`)
      const start = performance.now()
      const path = join(folder, name)
      const output = openSync(path, 'w')
      const code = await run(checks[name](), { stdio: ['ignore', output, output] })
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      console.log(`${code === 0 ? '✓' : '✗'} ${name.padEnd(7)}${seconds.padStart(6)} s`)
      if (code !== 0) {
        process.stdout.write(readFileSync(path))
        return code
      }
    }
    return 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function main([name, ...args]) {
  const task = tasks[name]
  if (task === undefined) throw new Error(`Usage: node scripts/run.mjs ${Object.keys(tasks).join('|')} [argument…]`)
  process.chdir(root)
  const code = await installDependencies(root)
  if (code !== 0) return code
  node = findNode()
  process.env.PATH = [bin, dirname(node), process.env.PATH].join(delimiter)
  return task(args)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
