import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

test('the record is searched and written out on the command line, and that is on record', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-audit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { PATH: process.env['PATH'] ?? '', GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const gatehouse = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout
  await gatehouse('clients', 'create', 'portal', '--allow', '127.0.0.1')
  await gatehouse('clients', 'create', 'shop', '--allow', '127.0.0.1')

  const shown = await gatehouse('audit', 'search', '--action', 'client_created', '--limit', '1')
  assert.match(shown, /^\S+Z {2}success {2}client_created\n$/)
  const lines = (await gatehouse('audit', 'export', '--outcome', 'success')).trimEnd().split('\n')
  const actions = lines.map((line) => JSON.parse(line).action)
  assert.equal(actions.filter((action) => action === 'client_created').length, 2)
  assert.equal(actions[0], 'audit_read')
  assert.match(
    await gatehouse('audit', 'export', '--format', 'csv', '--since', '2999-01-01T00:00:00Z'),
    /^timestamp,.*\r\n$/,
  )
  await assert.rejects(gatehouse('audit', 'search', '--network', '10.0.0.0/40'), /network is not understood/)
  await assert.rejects(gatehouse('audit', 'search', '--tenant', 'nobody'), /there is no tenant nobody/)
})
