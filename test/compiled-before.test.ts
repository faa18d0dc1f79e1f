import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isCompiled, noteCompiled } from '../scripts/compiled-before.mjs'

/** A checkout with 100 sources, older than anything that is noted, and what stands for Node. */
function checkout(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-checkout-'))
  t.after(() => rmSync(root, { recursive: true }))
  const put = (file: string, at: Date, text = '') => {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), text)
    utimesSync(join(root, file), at, at)
  }
  const long = new Date('2020-01-01')
  put('package-lock.json', long)
  put('node', long, 'a program')
  for (let i = 0; i < 100; i++) put(`packages/server/src/part/${i}.ts`, long)
  const cache = join(root, 'cache')
  const node = join(root, 'node')
  return {
    change: (file: string) => put(file, new Date(Date.now() + 60_000)),
    replaceNode: () => put('node', long, 'a newer program'),
    note: () => noteCompiled(cache, node),
    isCompiled: () => isCompiled(cache, root, node),
    makeCache: () => mkdirSync(cache),
  }
}

test('a cache that is there and was never filled by a start counts for nothing', (t) => {
  const here = checkout(t)
  assert.equal(here.isCompiled(), false)
  here.makeCache()
  assert.equal(here.isCompiled(), false)
  here.note()
  assert.equal(here.isCompiled(), true)
})

test('after one changed source a start needs no help, after many it does', (t) => {
  const here = checkout(t)
  here.note()
  here.change('packages/server/src/part/0.ts')
  assert.equal(here.isCompiled(), true)
  for (let i = 0; i < 30; i++) here.change(`packages/server/src/part/${i}.ts`)
  assert.equal(here.isCompiled(), false)
})

test('what another Node or other dependencies have left is stale', (t) => {
  const here = checkout(t)
  here.note()
  here.replaceNode()
  assert.equal(here.isCompiled(), false)
  here.note()
  assert.equal(here.isCompiled(), true)
  here.change('package-lock.json')
  assert.equal(here.isCompiled(), false)
})
