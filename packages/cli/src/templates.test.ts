import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatehouseHere } from './test-gatehouse.ts'

test('an operator tries on words for a message, sets them, and hears what is wrong with others', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const gatehouse = gatehouseHere(t, env)
  const templates = async (...args: string[]) => (await gatehouse('templates', ...args)).stdout.trim()
  const words = (name: string, value: unknown) => {
    const file = join(folder, name)
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
    return file
  }
  const good = words('good.json', { subject: 'Ihr Code: {code}' })
  const tried = JSON.parse(await templates('preview', 'code', '--language', 'de', '--words', good))
  assert.equal(tried.subject, 'Ihr Code: 123456')
  const set = JSON.parse(await templates('set', 'code', '--language', 'de', '--words', good, '--reason', 'style'))
  assert.deepEqual(set.own, ['subject'])
  assert.match(await templates('list', '--language', 'de'), /^code \(subject\): Ihr Code: \{code\}$/m)
  assert.match(await templates('list', '--tenant', 'default-test', '--language', 'de'), /^code: /m)

  const bad = words('bad.json', { html: '<script>{code}</script>' })
  await assert.rejects(templates('set', 'code', '--words', bad, '--reason', 'x'), /<script> is not for mails/)
  await assert.rejects(templates('set', 'nothing', '--words', good, '--reason', 'x'), /kind/)
  const noJson = words('no.json', 'x')
  await assert.rejects(templates('preview', 'code', '--words', noJson), /no\.json cannot be read as JSON/)
})
