import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findOriginProblem, findRpIdProblem, listRelatedOrigins } from './relying-party.ts'

test('origins stand as browsers write them', () => {
  for (const good of [
    'https://app.example.org',
    'https://app.example.org:8443',
    'https://xn--bcher-kva.example',
    'http://localhost:3000',
    'http://portal.localhost',
    `android:apk-key-hash:${'A'.repeat(43)}`,
  ]) {
    assert.equal(findOriginProblem(good), undefined, good)
  }
  for (const wrong of [
    'http://app.example.org',
    'https://app.example.org/',
    'https://app.example.org:443',
    'https://App.example.org',
    'https://app.example.org.',
    'https://bücher.example',
    'https://user@app.example.org',
    'app.example.org',
    'null',
    'http://localhost.evil.example',
    'android:apk-key-hash:short',
    'file:///',
  ]) {
    assert.ok(findOriginProblem(wrong), wrong)
  }
})

test('passkeys are bound to a domain', () => {
  for (const good of ['example.org', 'app.example.org', 'localhost', 'xn--bcher-kva.example']) {
    assert.equal(findRpIdProblem(good), undefined, good)
  }
  for (const wrong of ['', 'org', '192.0.2.1', '[::1]', 'Example.org', 'example.org.', 'https://example.org', 'a..b']) {
    assert.ok(findRpIdProblem(wrong), wrong)
  }
})

test('origins outside of the domain are related ones', () => {
  const origins = ['https://example.org', 'https://app.example.org', 'https://example.com', 'https://notexample.org']
  const android = `android:apk-key-hash:${'A'.repeat(43)}`
  assert.deepEqual(listRelatedOrigins({ id: 'example.org', origins: [...origins, android] }), [
    'https://example.com',
    'https://notexample.org',
  ])
})
