import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

/** Tells of each module that the main thread loads. */
const tellModules = `import { registerHooks } from 'node:module'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) registerHooks({ load(url, context, next) { console.error(url); return next(url, context) } })`

test('a server that has just started has loaded no other command, and nothing that it does not need yet', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lean-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const hooks = `data:text/javascript,${encodeURIComponent(tellModules)}`
  const main = join(import.meta.dirname, 'main.ts')
  const args = ['--conditions=source', '--import', hooks, main, 'dev', '--json', '--port', '0', '--data-dir', folder]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const told = text(server.stderr)
  const ended = once(server, 'exit')
  await Promise.race([once(server.stdout, 'data'), ended])
  server.kill()
  const [code] = await ended
  const loaded = (await told).split('\n')
  assert.equal(code, 0, loaded.slice(-20).join('\n'))
  assert.ok(loaded.some((url) => url.endsWith('/cli/src/serve.ts')))
  const needless =
    /\/cli\/src\/(program|users|doctor\/|simulation\/attacks\/)|\/node_modules\/(nodemailer|undici|ajv|pg|playwright-core)\//
  assert.deepEqual(
    loaded.filter((url) => needless.test(url)),
    [],
  )
})
