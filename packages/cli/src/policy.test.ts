import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

test('an operator sets what a tenant demands, and reads it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-policy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { PATH: process.env['PATH'] ?? '', GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const policy = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'policy', ...args], { env })
    return stdout.trim()
  }
  assert.equal(await policy('show'), 'mfa optional\nbackups 0')
  const set = await policy('set', '--mfa', 'required', '--backups', '2', '--reason', 'new law', '--json')
  assert.deepEqual(JSON.parse(set), { mfa: 'required', backups: 2 })
  assert.equal(await policy('show'), 'mfa required\nbackups 2')
  assert.equal(await policy('show', '--tenant', 'default-test'), 'mfa optional\nbackups 0', 'each tenant has its own')
  await assert.rejects(policy('set', '--mfa', 'sometimes', '--reason', 'x'), /optional or required/)
})
