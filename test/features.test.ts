import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

/** What the product owes its users, by chapter: A1 to A8, B1 to B7 and so on. */
const chapters = { A: 8, B: 7, C: 11, D: 6, E: 6, F: 5, G: 8, H: 4, I: 8, J: 6 }
const ids = Object.entries(chapters).flatMap(([chapter, last]) =>
  Array.from({ length: last }, (_, index) => `${chapter}${index + 1}`),
)

const rows = readFileSync(join(root, 'docs/features.md'), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => /^[A-J]\d+$/.test(cells[1] ?? ''))
  .map(([, id = '', , state = '', page = '', tests = '']) => ({ id, state, page, tests }))

test('the feature list has every id exactly once and in order', () => {
  assert.deepEqual(
    rows.map((row) => row.id),
    ids,
  )
})

test('every feature either works or does not yet', () => {
  for (const row of rows) assert.match(row.state, /^(works|not yet)$/, row.id)
})

test('every feature that works has a page that exists', () => {
  for (const { id, page } of rows.filter((row) => row.state === 'works')) {
    const path = /\]\(([^)#]+)/.exec(page)?.[1]
    assert.ok(path, `${id} names no page`)
    assert.ok(existsSync(join(root, 'docs', path)), `${id}: docs/${path} does not exist`)
  }
})

test('every feature that works has a test that exists under that name', () => {
  for (const row of rows.filter((row) => row.state === 'works')) {
    const tests = [...row.tests.matchAll(/([\w./-]+\.test\.ts): "([^"]+)"/g)]
    assert.ok(tests.length > 0, `${row.id} names no test; write it as path.test.ts: "its name"`)
    for (const [, path = '', title = ''] of tests) {
      assert.ok(existsSync(join(root, path)), `${row.id}: ${path} does not exist`)
      assert.ok(readFileSync(join(root, path), 'utf8').includes(title), `${row.id}: ${path} has no test "${title}"`)
    }
  }
})
