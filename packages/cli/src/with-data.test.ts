import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { rotateKey } from '@gatehouse/server/keys/rotate-key'
import { operatorContext } from '@gatehouse/server/operator-context'
import { withData } from './with-data.ts'

test('176 a command that runs for long learns of a new key, so that it seals nothing by one that is retired', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-data-'))
  process.env['GATEHOUSE_DATA_DIR'] = join(folder, 'data')
  t.after(() => {
    delete process.env['GATEHOUSE_DATA_DIR']
    rmSync(folder, { recursive: true })
  })
  await withData(async (parts) => {
    const ctx = operatorContext(parts)
    const made = await rotateKey(ctx, parts.wrapping, { purpose: 'data', resealAt: ctx.now.getTime() })
    assert.ok(made)
    const signal = AbortSignal.timeout(60_000)
    while (!parts.keys.dataKeyIds.includes(made.id)) await setTimeout(50, undefined, { signal })
  })
})
