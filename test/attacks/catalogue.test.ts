import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cases, numbersOf } from './catalogue.ts'

const root = join(import.meta.dirname, '../..')

/** The titles that begin with numbers, as they are written in the files: of a test, or of a row in a table of tests. */
function numberedTitles(pattern: string): readonly { readonly path: string; readonly title: string }[] {
  return globSync(pattern, { cwd: root, exclude: ['**/node_modules'] }).flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/(?:\(|^)\s*(?<quote>['"`])(?<title>\d{3}[ ,:].*)/gm)].map(
      ({ groups }) => ({ path, title: groups?.['title'] ?? '' }),
    ),
  )
}

test('the numbers that a title begins with are read, and no others', () => {
  assert.deepEqual(numbersOf('042, 043 046: five of 100'), ['042', '043', '046'])
  assert.deepEqual(numbersOf('042 five wrong passwords'), ['042'])
  assert.deepEqual(numbersOf('five wrong passwords, 042'), [])
  assert.deepEqual(numbersOf('0420 is no number'), [])
})

test('every case in scope has a test that comes from outside', () => {
  const tested = new Set(numberedTitles('test/**/*.test.ts').flatMap(({ title }) => numbersOf(title)))
  const untested = [...cases].filter(([number, { missing }]) => missing === undefined && !tested.has(number))
  assert.deepEqual(
    untested.map(([number]) => number),
    [],
  )
})

test('no title has a number that the catalogue does not know', () => {
  const unknown = [...numberedTitles('test/**/*.test.ts'), ...numberedTitles('packages/*/src/**/*.test.ts')].filter(
    ({ title }) => !numbersOf(title).every((number) => cases.has(number)),
  )
  assert.deepEqual(unknown, [])
})
