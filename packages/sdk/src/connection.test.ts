import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionOf } from './connection.ts'

const env = {
  GATEHOUSE_URL: 'https://env.example/',
  GATEHOUSE_CLIENT_ID: 'env',
  GATEHOUSE_CLIENT_SECRET: 'gh_live_env',
}

test('what is not given comes from the environment', () => {
  const { url, clientId, secret, timeoutMs } = connectionOf({ clientId: 'given' }, env)
  assert.deepEqual([url, clientId, secret, timeoutMs], ['https://env.example', 'given', 'gh_live_env', 10_000])
})

test('what is missing is named, all of it in one line', () => {
  assert.throws(() => connectionOf({ clientId: 'given' }, {}), {
    name: 'TypeError',
    message:
      'createGatehouse needs url (or GATEHOUSE_URL) and secret (or GATEHOUSE_CLIENT_SECRET). "gatehouse clients create" gives a client its id and secret.',
  })
  assert.throws(
    () => connectionOf({}, { ...env, GATEHOUSE_CLIENT_ID: '' }),
    /needs clientId \(or GATEHOUSE_CLIENT_ID\)\. "gatehouse/,
  )
})

test('a url that is none is named', () => {
  for (const url of ['localhost:4100', 'ftp://gatehouse.example', 'http://']) {
    assert.throws(() => connectionOf({ url }, env), /cannot reach ".*"; url has the form https:/, url)
  }
})

test('retries, times and connections are within their bounds, and usual where nothing is said', () => {
  const { timeoutMs, retries, connections } = connectionOf({}, env)
  assert.deepEqual([timeoutMs, connections], [10_000, 100])
  assert.deepEqual(retries, { max: 3, firstDelayMs: 1000, windowMs: 900_000 })
  for (const options of [
    { timeoutMs: 30_000 },
    { connections: 1000 },
    { retries: { max: 0 } },
    { retries: { windowMs: 14_400_000 } },
  ]) {
    assert.ok(connectionOf(options, env))
  }
  for (const [options, message] of [
    [{ timeoutMs: 30_001 }, /takes timeoutMs from 1 to 30000; it is 30001/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ connections: 1001 }, /connections from 1 to 1000/],
    [{ retries: { max: 4 } }, /retries\.max from 0 to 3/],
    [{ retries: { windowMs: 14_400_001 } }, /retries\.windowMs/],
    [{ retries: { firstDelayMs: Number.NaN } }, /retries\.firstDelayMs/],
  ] as const) {
    assert.throws(() => connectionOf(options, env), message)
  }
})
