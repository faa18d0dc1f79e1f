import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { surroundings } from '../../../test/surroundings.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

test('an operator sets what a tenant demands, and reads it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-policy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { ...surroundings(), GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const policy = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'policy', ...args], { env })
    return stdout.trim()
  }
  assert.match(await policy('show'), /^mfa optional\nbackups 0\nrisk \{"reasons":\{\}/)
  const set = await policy('set', '--mfa', 'required', '--backups', '2', '--reason', 'new law', '--json')
  const { mfa, backups } = JSON.parse(set)
  assert.deepEqual({ mfa, backups }, { mfa: 'required', backups: 2 })
  await policy('set', '--risk', '{"reasons":{"odd_hour":"notify"},"refuse_at":90}', '--reason', 'careful')
  const { risk } = JSON.parse(await policy('show', '--json'))
  assert.deepEqual([risk.reasons, risk.refuse_at, risk.require_mfa_at], [{ odd_hour: 'notify' }, 90, 50])
  await assert.rejects(
    policy('set', '--risk', '{"refuse_at":0}', '--reason', 'x'),
    /--risk and --alerts are JSON objects/,
  )
  assert.match(await policy('show'), /^mfa required\nbackups 2\n/)
  assert.match(await policy('show', '--tenant', 'default-test'), /^mfa optional\n/, 'each tenant has its own')
  await assert.rejects(policy('set', '--mfa', 'sometimes', '--reason', 'x'), /optional or required/)
})
