import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressNumber, addressOf, canonicalAddress } from './address.ts'

test('027: every spelling of an address becomes the one spelling', () => {
  const spellings: Record<string, readonly string[]> = {
    '10.1.2.3': ['10.1.2.3', '::ffff:10.1.2.3', '::FFFF:10.1.2.3', '::ffff:a01:203', '0:0:0:0:0:ffff:0a01:0203'],
    '127.0.0.1': ['127.0.0.1', '::ffff:7f00:1', '0000:0000:0000:0000:0000:ffff:127.0.0.1'],
    '::1': ['::1', '0:0:0:0:0:0:0:1', '0000:0000:0000:0000:0000:0000:0000:0001', '::0.0.0.1'],
    '2001:db8::1': ['2001:db8::1', '2001:DB8::1', '2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8:0:0::1'],
    'fe80::1': ['fe80::1', 'fe80::1%eth0', 'fe80:0::1%25', 'FE80::1%1'],
  }
  for (const [one, all] of Object.entries(spellings)) {
    for (const spelling of all) assert.equal(canonicalAddress(spelling), one, spelling)
  }
})

test('only an IPv4 address that is mapped into IPv6 becomes one of IPv4', () => {
  for (const address of ['::ffff:0:a01:203', '::ffff:1:2:3', '64:ff9b::a01:203', '::a01:203', '2002:a01:203::']) {
    assert.equal(isIP(canonicalAddress(address) ?? ''), 6, address)
  }
})

test('what is no address is undefined', () => {
  const none = ['', ' ', '10.1.2', '010.1.2.3', '0x7f.1', '127.1', '2130706433', '1.2.3.4%eth0', '1.2.3.4:80', '[::1]']
  for (const text of [
    ...none,
    '::1 ',
    '::1\n',
    ':::1',
    '1::2::3',
    '::ffff:010.1.2.3',
    'localhost',
    'a'.repeat(100_000),
  ]) {
    assert.equal(canonicalAddress(text), undefined, text)
  }
})

test('the one spelling of the one spelling is itself', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        fc.ipV4().map((address) => `::ffff:${address}`),
      ),
      (text) => {
        const once = canonicalAddress(text) ?? ''
        assert.equal(canonicalAddress(once), once)
        assert.ok(isIP(once))
      },
    ),
  )
})

test('an address and its number are one thing', () => {
  assert.equal(addressNumber('255.255.255.255'), 2n ** 32n - 1n)
  assert.equal(addressNumber('::'), 0n)
  assert.equal(addressNumber('::ffff:1.2.3.4'), 0xffff_0102_0304n)
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const bits = isIP(address) === 4 ? 32 : 128
      const one = addressOf(addressNumber(address), bits)
      assert.equal(canonicalAddress(one), canonicalAddress(address))
    }),
  )
})
