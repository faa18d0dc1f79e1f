import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalAddress } from '../kernel/address.ts'
import { allowList, findEntryProblem } from './allow-list.ts'

/** Whether a list admits a caller, in whatever spelling its address comes from the socket. */
function admits(entries: readonly string[], caller: string): boolean {
  for (const entry of entries) assert.equal(findEntryProblem(entry), undefined, entry)
  return allowList(entries).admits(canonicalAddress(caller) ?? assert.fail(caller))
}

test('027: a network of IPv4 admits the same addresses when they come mapped into IPv6', () => {
  for (const caller of ['10.1.2.3', '::ffff:10.1.2.3', '::FFFF:a01:203', '0:0:0:0:0:ffff:a01:203']) {
    assert.equal(admits(['10.0.0.0/8'], caller), true, caller)
    assert.equal(admits(['11.0.0.0/8'], caller), false, caller)
  }
})

test('027: an address or network of IPv6 admits every spelling of it', () => {
  for (const caller of ['2001:db8::5', '2001:DB8::5', '2001:0db8:0000:0000:0000:0000:0000:0005', '2001:db8:0:0::5']) {
    for (const entry of ['2001:db8::/32', '2001:0DB8:0::/32', '2001:db8::5', '2001:DB8:0:0:0:0:0:5']) {
      assert.equal(admits([entry], caller), true, `${entry} ${caller}`)
    }
    assert.equal(admits(['2001:db9::/32'], caller), false, caller)
  }
})

test('a network ends at its borders, to the bit', () => {
  const borders: readonly (readonly [entry: string, inside: readonly string[], outside: readonly string[]])[] = [
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0', '::10.0.0.1']],
    ['192.0.2.128/25', ['192.0.2.128', '192.0.2.255'], ['192.0.2.127', '192.0.3.0']],
    ['192.0.2.7/32', ['192.0.2.7'], ['192.0.2.6', '192.0.2.8']],
    ['192.0.2.7', ['192.0.2.7'], ['192.0.2.6', '192.0.2.70', '::192.0.2.7']],
    ['fd00::/8', ['fd00::', 'fdff::1'], ['fc00::1', 'fe00::']],
    ['2001::/16', ['2001::', '2001:ffff::'], ['2002::', '0.0.0.1']],
    ['2001:db8::/63', ['2001:db8::', '2001:db8:0:1:ffff:ffff:ffff:ffff'], ['2001:db8:0:2::', '2001:db7:ffff::']],
    ['::1/128', ['::1'], ['::2', '::', '0.0.0.1']],
  ]
  for (const [entry, inside, outside] of borders) {
    for (const caller of inside) assert.equal(admits([entry], caller), true, `${entry} ${caller}`)
    for (const caller of outside) assert.equal(admits([entry], caller), false, `${entry} ${caller}`)
  }
})

test('one entry of a list is enough, and an empty list admits nobody', () => {
  const list = ['192.0.2.7', '10.0.0.0/8', '2001:db8::/32']
  for (const caller of ['192.0.2.7', '10.9.9.9', '2001:db8::1']) assert.equal(admits(list, caller), true, caller)
  assert.equal(admits(list, '192.0.2.8'), false)
  for (const caller of ['127.0.0.1', '::1', '0.0.0.0', '::']) assert.equal(admits([], caller), false, caller)
})

test('only the word any admits everybody', () => {
  for (const caller of ['10.0.0.1', '255.255.255.255', '::1', '2001:db8::1', '::ffff:10.0.0.1']) {
    assert.equal(admits(['any'], caller), true, caller)
  }
  for (const entry of ['0.0.0.0/0', '::/0', '::ffff:0.0.0.0/0', '10.0.0.0/0']) {
    assert.match(findEntryProblem(entry) ?? '', /admits everybody.*write any/, entry)
  }
})

test('nobody admits nearly everybody by a short prefix, or by IPv4 in the clothes of IPv6', () => {
  for (const entry of [
    '0.0.0.0/1',
    '128.0.0.0/1',
    '64.0.0.0/2',
    '10.0.0.0/7',
    '::/1',
    '8000::/1',
    '2000::/3',
    'fc00::/6',
  ]) {
    assert.match(findEntryProblem(entry) ?? '', /admits half the world/, entry)
  }
  for (const entry of [
    '::ffff:0.0.0.0/96',
    '::ffff:0:0/96',
    '::/80',
    '::/16',
    '::ffff:10.0.0.0/104',
    '::fffe:0:0/95',
  ]) {
    assert.match(findEntryProblem(entry) ?? '', /write them as IPv4/, entry)
  }
  for (const entry of [
    '10.0.0.0/8',
    'fc00::/7',
    'fd12:3456::/32',
    'fe80::/16',
    '2001:db8::/32',
    '::1/128',
    '1:2::/32',
  ]) {
    assert.equal(findEntryProblem(entry), undefined, entry)
  }
})

test('a network whose address has bits behind its prefix is told what it probably means', () => {
  const meant = {
    '10.0.0.1/8': '10.0.0.0/8',
    '192.0.2.129/25': '192.0.2.128/25',
    '192.0.2.1/31': '192.0.2.0/31',
    '2001:db8::1/32': '2001:db8::/32',
    '2001:db8:1:2:3:4:5:6/64': '2001:db8:1:2::/64',
    'fd00::1.2.3.4/112': 'fd00::102:0/112',
  }
  for (const [entry, network] of Object.entries(meant)) {
    assert.ok(findEntryProblem(entry)?.includes(`write ${network},`), entry)
    assert.equal(findEntryProblem(network), undefined)
  }
})

test('an entry that might mean something else is not fit to be stored', () => {
  const doubtful = [
    ...['010.0.0.1', '0x7f.0.0.1', '127.1', '2130706433', '10.0.0', '10.0.0.256', '１０.0.0.1'],
    ...['10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/+8', '10.0.0.0/-1', '10.0.0.0/8.0', '10.0.0.0/', '10.0.0.0/8/8'],
    ...['10.0.0.0/255.0.0.0', '10.0.0.0-10.0.0.9', '10.*', '*', '0/0', '', ' ', 'localhost', 'example.org'],
    ...['::1/129', '::1/1000', '[::1]', ':::1', '1::2::3', 'fe80::1%eth0', 'fe80::%1/64', '::1%', '2001:db8::/32%1'],
    ...['ANY', 'any ', ' any', 'any/0', '10.0.0.1 ', '\t10.0.0.1', '10.0.0.1\n', '10.0.0.1:443', '10.0.0.1,10.0.0.2'],
  ]
  for (const entry of doubtful) assert.equal(typeof findEntryProblem(entry), 'string', JSON.stringify(entry))
})

test('answers stay right for more callers than are remembered', () => {
  const list = allowList(['10.0.0.0/17'])
  for (let host = 0; host < 100_000; host++) {
    assert.equal(list.admits(`10.0.${(host >> 8) & 255}.${host & 255}`), (host & 0xffff) < 0x8000)
  }
  assert.equal(list.admits('10.0.0.1'), true)
  assert.equal(list.admits('10.0.128.0'), false)
  assert.equal(list.admits('10.0.128.0'), false)
})
