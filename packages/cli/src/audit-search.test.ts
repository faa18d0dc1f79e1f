import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { surroundings } from '../../../test/surroundings.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

test('the record is searched and written out on the command line, and that is on record', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-audit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { ...surroundings(), GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const gatehouse = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout
  await gatehouse('clients', 'create', 'portal', '--allow', '127.0.0.1')
  await gatehouse('clients', 'create', 'shop', '--allow', '127.0.0.1')

  const shown = await gatehouse('audit', 'search', '--action', 'client_created', '--limit', '1')
  assert.match(shown, /^\S+Z {2}success {2}client_created\n$/)
  const lines = (await gatehouse('audit', 'export', '--outcome', 'success')).trimEnd().split('\n')
  const actions = lines.map((line) => JSON.parse(line).action)
  assert.equal(actions.filter((action) => action === 'client_created').length, 2)
  assert.deepEqual(actions.slice(0, 2), ['audit_read', 'keys_opened'])
  assert.match(
    await gatehouse('audit', 'export', '--format', 'csv', '--since', '2999-01-01T00:00:00Z'),
    /^timestamp,.*\r\n$/,
  )
  await assert.rejects(gatehouse('audit', 'search', '--network', '10.0.0.0/40'), /network is not understood/)
  await assert.rejects(gatehouse('audit', 'search', '--tenant', 'nobody'), /there is no tenant nobody/)
})

test('the record is followed as it is sealed, until it is stopped', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-audit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { ...surroundings(), GATEHOUSE_DATA_DIR: folder }
  const server = await startTestServer({ settings: { GATEHOUSE_DATA_DIR: folder } })
  t.after(() => server.stop())
  const gatehouse = await server.client({ tenant: 'default' })
  await server.runJobs()
  const tail = spawn(process.execPath, [program, 'audit', 'tail', '--json'], { env })
  const ended = once(tail, 'exit')
  // The first thing that it sees is that it looks itself.
  let seen = ''
  // Of what another process has written nobody tells the server: it looks by its clock.
  const watch = setInterval(() => {
    server.clock.advance('1s')
    void server.runJobs()
  }, 100)
  t.after(() => {
    clearInterval(watch)
    tail.kill('SIGKILL')
  })
  for await (const chunk of tail.stdout.setEncoding('utf8')) {
    const isFirst = seen === ''
    seen += chunk
    if (isFirst) await gatehouse.users.create({ email: 'ada@example.org' })
    if (seen.includes('user_created')) break
  }
  clearInterval(watch)
  tail.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  const actions = seen
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).action)
    .filter((action) => action !== 'keys_opened')
  assert.deepEqual(actions, ['audit_read', 'user_created'])
})
