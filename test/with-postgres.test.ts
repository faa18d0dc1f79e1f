import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const script = join(import.meta.dirname, '..', 'scripts', 'with-postgres.mjs')

function startWithPostgres(program: string, temporaryFolder = tmpdir()) {
  const { GATEHOUSE_TEST_DATABASE_URL: _, ...env } = process.env
  return spawn(process.execPath, [script, process.execPath, '-e', program], {
    env: { ...env, TMPDIR: temporaryFolder },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

test('a command runs beside a PostgreSQL that is gone with its folder when the command ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  chmodSync(folder, 0o755)
  const child = startWithPostgres('console.log(process.env.GATEHOUSE_TEST_DATABASE_URL); process.exitCode = 7', folder)
  const [url] = await once(child.stdout, 'data')
  assert.match(String(url), /^postgresql:\/\/postgres:\w+@127\.0\.0\.1:\d+\/postgres\n$/)
  assert.deepEqual(await once(child, 'exit'), [7, null])
  assert.deepEqual(readdirSync(folder), [])
  rmdirSync(folder)
})

test('the PostgreSQL goes as well when nothing is left to stop it', async () => {
  const child = startWithPostgres('console.log(process.env.GATEHOUSE_TEST_DATABASE_URL); process.stdin.resume()')
  const [url] = await once(child.stdout, 'data')
  const socket = connect(Number(new URL(String(url)).port), '127.0.0.1')
  await once(socket, 'connect')
  child.kill('SIGKILL')
  await once(socket, 'close')
})
