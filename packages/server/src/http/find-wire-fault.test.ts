import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findWireFault } from './find-wire-fault.ts'

function requestOf(
  headers: readonly (readonly [name: string, value: string])[],
  url = '/v1/users',
  httpVersion = '1.1',
) {
  return { url, httpVersion, headers: Object.fromEntries(headers.toReversed()), rawHeaders: headers.flat() }
}

test('194: a request names its host once; only HTTP/1.0 need not', () => {
  const host = ['host', 'localhost'] as const
  assert.equal(findWireFault(requestOf([host])), undefined)
  assert.equal(findWireFault(requestOf([['X-Host', 'Host'], host])), undefined)
  assert.equal(findWireFault(requestOf([], '/livez', '1.0')), undefined)
  for (const headers of [[], [host, host], [host, ['HOST', 'other']]] as const) {
    assert.equal(findWireFault(requestOf(headers))?.code, 'invalid_request', JSON.stringify(headers))
  }
  assert.equal(findWireFault(requestOf([host, host], '/livez', '1.0'))?.code, 'invalid_request')
})

test('194: a request line names a path', () => {
  for (const url of ['http://localhost/v1/users', 'HTTPS://x/', '*', '', 'localhost:80', 'v1/users', '\\\\host']) {
    assert.equal(findWireFault(requestOf([['host', 'x']], url))?.code, 'invalid_request', url)
  }
})

test('194: a method cannot be overridden by a header', () => {
  for (const name of ['x-http-method-override', 'x-method-override']) {
    for (const method of ['DELETE', 'POST', '']) {
      assert.equal(
        findWireFault(
          requestOf([
            ['host', 'x'],
            [name, method],
          ]),
        )?.code,
        'invalid_request',
        `${name} ${method}`,
      )
    }
  }
})

test('nothing is expected but that it may go on', () => {
  assert.equal(
    findWireFault(
      requestOf([
        ['host', 'x'],
        ['expect', '100-Continue'],
      ]),
    ),
    undefined,
  )
  assert.equal(
    findWireFault(
      requestOf([
        ['host', 'x'],
        ['expect', '100-continue, x'],
      ]),
    )?.code,
    'expectation_failed',
  )
})

test('a body comes whole or in chunks, and in no other coding', () => {
  const coded = (coding: string) =>
    findWireFault(
      requestOf([
        ['host', 'x'],
        ['transfer-encoding', coding],
      ]),
    )?.code
  for (const coding of ['chunked', 'Chunked']) assert.equal(coded(coding), undefined, coding)
  for (const coding of ['gzip, chunked', 'chunked, chunked', 'identity', '', 'chunked ']) {
    assert.equal(coded(coding), 'invalid_request', coding)
  }
})
