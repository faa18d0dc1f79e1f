import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { references } from './references.ts'

for (const { path, content } of references()) {
  test(`${path} is what the code would write`, () => {
    const committed = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
    assert.equal(committed, content, 'renew it: node --conditions=source scripts/write-references.mjs')
  })
}
