import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { surroundings } from '../../../test/surroundings.ts'
import { gatehouseHere } from './test-gatehouse.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

test('an operator sets what a tenant demands, and reads it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-policy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const gatehouse = gatehouseHere(t, env)
  const policy = async (...args: string[]) => (await gatehouse('policy', ...args)).stdout.trim()
  assert.match(await policy('show'), /^mfa optional\nbackups 0\nregistration closed\nrisk \{"reasons":\{\}/)
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

test('a dry run of other rules needs no server, and is on record', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-policy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const gatehouse = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [program, ...args], { env: { ...surroundings(), ...env } })).stdout
  const file = join(folder, 'policy.json')
  writeFileSync(file, '{"mfa": "required"}')
  const shown = await gatehouse('policies', 'simulate', '--last', '30d', file)
  assert.match(shown, /^the last 30 days: 0 sign-ins of 0 people; now → then\n/)
  const read = (await gatehouse('audit', 'search', '--action', 'audit_read', '--json')).trimEnd().split('\n')
  assert.deepEqual(
    read.map((line) => JSON.parse(line).data.way),
    ['search', 'dry_run'],
  )
  await assert.rejects(
    gatehouse('policies', 'simulate', join(folder, 'none')),
    /none cannot be read: there is no such file/,
  )
})
