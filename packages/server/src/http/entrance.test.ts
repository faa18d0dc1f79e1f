import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entrance, originFinder } from './entrance.ts'
import type { ForwardedHeader } from './forwarded.ts'

const behindProxies = (forwardedHeader: ForwardedHeader): Entrance => ({
  isTrustedProxy: (address) => address === '10.0.0.1',
  forwardedHeader,
  demandsTls: true,
})
const listed = behindProxies('x-forwarded-for')
const standard = behindProxies('forwarded')
const from = (remoteAddress: string | undefined, headers = {}, encrypted?: boolean) => ({
  socket: { remoteAddress, encrypted },
  headers,
})

test('024: whoever is no trusted proxy speaks for itself, whatever headers it sends', () => {
  const names = ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'client-ip', 'x-client-ip']
  const claims = {
    ...Object.fromEntries(names.map((name) => [name, '192.0.2.1'])),
    forwarded: 'for=192.0.2.1;proto=https',
    'x-forwarded-proto': 'https',
  }
  for (const entrance of [listed, standard, { ...listed, isTrustedProxy: undefined }]) {
    for (const address of ['198.51.100.7', '::ffff:198.51.100.7']) {
      const own = { proxy: undefined, address: '198.51.100.7' }
      assert.deepEqual(originFinder(entrance)(from(address, claims)), { ...own, isSecure: false })
      assert.deepEqual(originFinder(entrance)(from(address, claims, true)), { ...own, isSecure: true })
    }
  }
})

test('a trusted proxy speaks for its caller with the header of the settings, and with no other', () => {
  const headers = {
    'x-forwarded-for': '198.51.100.7',
    'x-forwarded-proto': 'https',
    forwarded: 'for=198.51.100.8;proto=http',
    'x-real-ip': '192.0.2.1',
  }
  for (const peer of ['10.0.0.1', '::ffff:10.0.0.1']) {
    assert.deepEqual(originFinder(listed)(from(peer, headers)), {
      proxy: '10.0.0.1',
      address: '198.51.100.7',
      isSecure: true,
    })
    assert.deepEqual(originFinder(standard)(from(peer, headers)), {
      proxy: '10.0.0.1',
      address: '198.51.100.8',
      isSecure: false,
    })
  }
})

test('026: a trusted proxy that does not say who calls is not the caller itself', () => {
  for (const entrance of [listed, standard]) {
    const other = entrance === listed ? { forwarded: 'for=198.51.100.7' } : { 'x-forwarded-for': '198.51.100.7' }
    for (const headers of [{}, other, { [entrance.forwardedHeader]: '' }, { [entrance.forwardedHeader]: 'unknown' }]) {
      assert.equal(originFinder(entrance)(from('10.0.0.1', headers)).address, undefined, JSON.stringify(headers))
    }
  }
})

test('behind a proxy it is the caller’s own connection that must be HTTPS, and one word says that it is', () => {
  const secure = (proto: string | undefined, encrypted: boolean) =>
    originFinder(listed)(from('10.0.0.1', { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': proto }, encrypted))
      .isSecure
  for (const encrypted of [true, false]) {
    for (const proto of ['https', 'HTTPS']) assert.equal(secure(proto, encrypted), true)
    for (const proto of [
      undefined,
      '',
      'http',
      'https, http',
      'http, https',
      'https, https',
      ' https',
      'httpss',
      'wss',
    ])
      assert.equal(secure(proto, encrypted), false, String(proto))
    const unsaid = originFinder(standard)(from('10.0.0.1', { forwarded: 'for=198.51.100.7' }, encrypted))
    assert.equal(unsaid.isSecure, false)
  }
})

test('a connection without an address has no origin', () => {
  for (const peer of [undefined, '', 'unknown']) {
    const origin = originFinder(listed)(from(peer, { 'x-forwarded-for': '198.51.100.7' }))
    assert.deepEqual(origin, { proxy: undefined, address: undefined, isSecure: false })
  }
})
