import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import report from './report.ts'

const outside = join(import.meta.dirname, 'a.test.ts')
const beside = join(import.meta.dirname, '../../packages/server/src/a.test.ts')

const passed = (name: string, file = outside, seconds = 1) => ({
  type: 'test:pass',
  data: { name, file, line: 7, details: { duration_ms: seconds * 1000 } },
})
const failed = (name: string, file = outside) => ({
  type: 'test:fail',
  data: { name, file, line: 7, details: { duration_ms: 1000, error: { cause: new Error('it got in') } } },
})
const said = (message: string) => ({ type: 'test:diagnostic', data: { message } })

/** What the report says of these events; it also sets the exit code of the process, which is put back. */
async function read(...events: readonly object[]): Promise<{ readonly text: string; readonly code: unknown }> {
  const before = process.exitCode
  async function* source() {
    yield* events as TestEvent[]
  }
  let text = ''
  try {
    for await (const part of report(source())) text += part
    return { text, code: process.exitCode }
  } finally {
    process.exitCode = before
  }
}

test('a case has a line for each engine, and what was not checked is not passed', async () => {
  const { text } = await read(
    passed('008 a signed request has its effect once (sqlite)'),
    passed('008, 012 twice is not once (postgres, two processes)'),
    passed('012 a header that comes twice (sqlite)'),
    said('not checked: two headers (curl is missing)'),
    said('duration_ms 7'),
  )
  assert.match(text, /^008 +a signed request sent twice +postgres, two processes +passed$/m)
  assert.match(text, /^008 +a signed request sent twice +sqlite +passed$/m)
  assert.match(text, /^012 .* sqlite +not checked: two headers \(curl is missing\)$/m)
  assert.match(text, /^A Request signing +1 +0 +0 +1 +15 +0$/m)
})

test('a case that failed is told with its error, and so is any other test', async () => {
  const { text, code } = await read(
    passed('008 a signed request has its effect once (sqlite)'),
    failed('008 a signed request has its effect once (postgres)'),
    failed('something else', beside),
  )
  assert.match(text, /^008 .* postgres +1 FAILED$/m)
  assert.match(text, /FAILED.*008 a signed request has its effect once \(postgres\)\n.*a\.test\.ts:7\nError: it got in/)
  assert.match(text, /FAILED.*something else/)
  assert.equal(code, 1)
})

test('the tests that took longest come first', async () => {
  const { text } = await read(passed('quick', beside, 2), passed('slow', beside, 30), failed('failed'))
  assert.match(text, /^slowest:\n +30\.0 s {2}slow\n +2\.0 s {2}quick\n +1\.0 s {2}failed\n\n/m)
})

test('a test beside the code does not stand for its case, and a case in scope without a test is a failure', async () => {
  const { text, code } = await read(passed('008: remembered', beside))
  assert.doesNotMatch(text, /^008 .*passed/m)
  assert.match(text, /^no test ran:\n(.*\n)*008 +a signed request sent twice$/m)
  assert.match(text, /^not in scope:\n(.*\n)*133 +[^\n]*there is no DPoP yet$/m)
  assert.equal(code, 1)
})
