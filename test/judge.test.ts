import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { judge } from './judge.ts'

const { CI } = process.env
afterEach(() => {
  if (CI === undefined) delete process.env['CI']
  else process.env['CI'] = CI
})

test('a judge answers with what the program printed', () => {
  assert.equal(judge('cat', 'coreutils').run([], 'as it is\n'), 'as it is\n')
})

test('a missing judge says how to get it', () => {
  delete process.env['CI']
  assert.equal(
    judge('no-such-program', 'some-package').missing,
    'no-such-program is missing; apt-get install some-package',
  )
})

test('a missing judge fails in CI', () => {
  process.env['CI'] = 'true'
  assert.throws(() => judge('no-such-program', 'some-package'), /apt-get install some-package/)
})
