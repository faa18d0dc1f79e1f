import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseConfig } from './config.ts'
import { removeDrafts } from './remove-drafts.ts'

test('what a killed first start has left is removed; what is at work, and all else, stays', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-drafts-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const result = parseConfig({ GATEHOUSE_DATA_DIR: folder })
  assert.ok(result.ok)
  const { config } = result
  const now = new Date('2026-11-22T12:00:00Z')
  const make = (path: string, minutesOld: number) => {
    writeFileSync(join(folder, path), 'half')
    const at = new Date(now.getTime() - minutesOld * 60_000)
    utimesSync(join(folder, path), at, at)
  }
  removeDrafts(config, now)
  mkdirSync(join(folder, 'keys'))
  mkdirSync(join(folder, 'gatehouse.db.new-Ab12Cd'))
  make('gatehouse.db.new-Ab12Cd/database', 11)
  utimesSync(join(folder, 'gatehouse.db.new-Ab12Cd'), now, new Date(now.getTime() - 11 * 60_000))
  make('gatehouse.db.new-atwork', 9)
  make('gatehouse.db', 100)
  make('gatehouse.db-wal', 100)
  make('keys/k1.key', 100)
  make('keys/k1.key.0123456789abcdef.tmp', 11)
  make('keys/database.key.0123456789abcdef.tmp', 11)
  make('keys/k1.key.fedcba9876543210.tmp', 9)
  make('keys/k1.key.bak', 100)
  removeDrafts(config, now)
  assert.deepEqual(readdirSync(folder).toSorted(), [
    'gatehouse.db',
    'gatehouse.db-wal',
    'gatehouse.db.new-atwork',
    'keys',
  ])
  assert.deepEqual(readdirSync(join(folder, 'keys')).toSorted(), [
    'k1.key',
    'k1.key.bak',
    'k1.key.fedcba9876543210.tmp',
  ])
})
