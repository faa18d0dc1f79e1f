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
    message: 'createGatehouse needs url (or GATEHOUSE_URL) and secret (or GATEHOUSE_CLIENT_SECRET).',
  })
  assert.throws(
    () => connectionOf({}, { ...env, GATEHOUSE_CLIENT_ID: '' }),
    /needs clientId \(or GATEHOUSE_CLIENT_ID\)\.$/,
  )
})

test('a url that is none is named', () => {
  for (const url of ['localhost:4100', 'ftp://gatehouse.example', 'http://']) {
    assert.throws(() => connectionOf({ url }, env), /cannot reach ".*"; url has the form https:/, url)
  }
})
