import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatehouseHere } from './test-gatehouse.ts'

test('tokens of a file come into the stock, and the list shows them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tokens-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const gatehouse = gatehouseHere(t, env)
  const file = join(folder, 'tokens.csv')
  const secret = Buffer.from('12345678901234567890').toString('hex')
  writeFileSync(file, `serial,secret_hex\nA1,${secret}\nA2,${secret}\n`)
  assert.deepEqual(JSON.parse((await gatehouse('tokens', 'import', file, '--json')).stdout), { count: 2 })
  const { data } = JSON.parse((await gatehouse('tokens', 'list', '--json')).stdout)
  assert.deepEqual(
    data.map(({ serial, state }: { serial: string; state: string }) => [serial, state]),
    [
      ['A1', 'in_stock'],
      ['A2', 'in_stock'],
    ],
  )
  await assert.rejects(
    gatehouse('tokens', 'import', file),
    /nothing was imported\nToken A1: it is in the stock already/,
  )
  writeFileSync(file, ' '.repeat(1_048_577))
  await assert.rejects(gatehouse('tokens', 'import', file), /larger than 1 MiB/)
})
