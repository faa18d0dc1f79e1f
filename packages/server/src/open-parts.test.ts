import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseConfig } from './config.ts'
import { type OpenOptions, openParts } from './open-parts.ts'

test('who opens the keys is on record, a server or a command, and each key that is made', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-parts-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const parsed = parseConfig({ GATEHOUSE_DATA_DIR: join(folder, 'data') })
  assert.ok(parsed.ok)
  /** Opens the data and lets go of it; what of keys is on record by then. */
  const open = async (options: Pick<OpenOptions, 'exclusive' | 'command'>) => {
    const parts = await openParts(parsed.config, {
      ...options,
      world: { now: () => new Date(), elapsedMs: () => performance.now(), random: randomBytes },
      publicUrl: 'http://gatehouse.test',
      reportFailure: (error) => assert.fail(String(error)),
    })
    const events = await parts.storage.search((db) =>
      db.selectFrom('event').select(['type', 'actor', 'data']).where('type', 'like', 'key%').orderBy('seq'),
    )
    await parts.close()
    return events.map(({ data, ...event }) => ({ ...event, data: JSON.parse(data) as Record<string, string> }))
  }

  const first = await open({ exclusive: true })
  const made = first.filter(({ type }) => type === 'key.created')
  assert.deepEqual(made.map(({ data }) => data['purpose']).sort(), ['data', 'log', 'pepper', 'token_root', 'vapid'])
  assert.deepEqual(first.at(-1), {
    type: 'keys.opened',
    actor: 'operator',
    data: { by: 'server', key_encryption_key: 'k1' },
  })
  const second = await open({ exclusive: false, command: 'audit' })
  assert.equal(second.length, first.length + 1, 'keys are made once')
  assert.deepEqual(second.at(-1)?.data, { by: 'command', command: 'audit', key_encryption_key: 'k1' })
  assert.doesNotMatch(JSON.stringify(second), /[A-Za-z0-9+/=_-]{40}/, 'no key is in the record')
})
